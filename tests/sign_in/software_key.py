"""A passkey in software: what a phone would answer, so that answers can be repeated and bent (WebAuthn level 2, 5.2 and 6.1)."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftwareKey:
    """One credential for the host `rp_id`."""

    rp_id: str = "localhost"
    origin: str = "http://localhost"
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str = ""

    def registered(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`, as JSON."""
        self.user = options["publicKey"]["user"]["id"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + public
        data = self._data(PRESENT | VERIFIED | ATTESTED) + attested
        response = {
            "clientDataJSON": self._client(options, "webauthn.create"),
            "attestationObject": _b64(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._answer(response, {"credProps": {"rk": True}})

    def shown(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, user: str | None = None) -> str:
        """The answer to `navigator.credentials.get`, as JSON."""
        client, data = self._client(options, "webauthn.get"), self._data(flags)
        signature = self.private.sign(data + sha256(websafe_decode(client)).digest(), ec.ECDSA(SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": _b64(data), "signature": _b64(signature)}
        return self._answer(response | {"userHandle": self.user if user is None else user}, {})

    def _data(self, flags: int) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, options: dict[str, Any], kind: str) -> str:
        said = {"type": kind, "challenge": options["publicKey"]["challenge"], "origin": self.origin, "crossOrigin": False}
        return _b64(json.dumps(said).encode())

    def _answer(self, response: dict[str, str], extensions: dict[str, Any]) -> str:
        name = _b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": extensions})


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
