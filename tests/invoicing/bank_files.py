"""Bank files as banks write them, in the shapes of each version of camt.053 and camt.054."""

from dataclasses import dataclass, field

VERSIONS = ["001.02", "001.03", "001.04", "001.05", "001.06", "001.07", "001.08"]
IBAN = "SE4550000000058398257466"
_HEADER = "<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-03T05:00:00+01:00</CreDtTm></GrpHdr>"
_ACCOUNT = f"<Id><IBAN>{IBAN}</IBAN></Id><Ccy>SEK</Ccy>"


@dataclass
class Tx:
    """One TxDtls. Elements whose value is None are left out."""

    amount: str | None = "1250.00"
    currency: str = "SEK"
    direction: str | None = None
    service: str | None = None
    tx_id: str | None = None
    end_to_end: str | None = "NOTPROVIDED"
    payer: str | None = "Acme AB"
    payer_account: str | None = "SE3550000000054910000003"
    refs: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    more: str = ""
    amounts: str = ""

    def xml(self, version: str) -> str:
        old = version == "001.02"
        party = version >= "001.08"
        name = f"<Nm>{self.payer}</Nm>"
        amount = f'<Amt Ccy="{self.currency}">{self.amount}</Amt>'
        return tag(
            "TxDtls",
            tag("Refs", _maybe("AcctSvcrRef", self.service), _maybe("EndToEndId", self.end_to_end), _maybe("TxId", self.tx_id)),
            "" if self.amount is None or old else amount,
            "" if old else _maybe("CdtDbtInd", self.direction),
            tag("AmtDtls", tag("TxAmt", amount)) if old and self.amount is not None else "",
            self.amounts,
            tag(
                "RltdPties",
                tag("Dbtr", tag("Pty", name) if party else name) if self.payer else "",
                f"<DbtrAcct><Id><IBAN>{self.payer_account}</IBAN></Id></DbtrAcct>" if self.payer_account else "",
            ),
            tag("RmtInf", *(f"<Ustrd>{text}</Ustrd>" for text in self.texts), *(_reference(ref) for ref in self.refs), self.more),
        )


@dataclass
class Ntry:
    """One Ntry."""

    amount: str = "1250.00"
    currency: str = "SEK"
    direction: str = "CRDT"
    status: str = "BOOK"
    reversal: bool = False
    booked: str = "<Dt>2026-11-02</Dt>"
    value: str = "<Dt>2026-11-03</Dt>"
    service: str | None = "5490990004:0001"
    info: str | None = None
    declared: int | None = None
    details: list[Tx] = field(default_factory=list)

    def xml(self, version: str) -> str:
        batch = tag("Btch", f"<NbOfTxs>{self.declared}</NbOfTxs>") if self.declared is not None else ""
        return tag(
            "Ntry",
            "<NtryRef>1</NtryRef>",
            f'<Amt Ccy="{self.currency}">{self.amount}</Amt>',
            f"<CdtDbtInd>{self.direction}</CdtDbtInd>",
            "<RvslInd>true</RvslInd>" if self.reversal else "",
            f"<Sts>{self.status}</Sts>" if version < "001.07" else f"<Sts><Cd>{self.status}</Cd></Sts>",
            tag("BookgDt", self.booked),
            tag("ValDt", self.value),
            _maybe("AcctSvcrRef", self.service),
            "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>OTHR</SubFmlyCd></Fmly></Domn></BkTxCd>",
            tag("NtryDtls", batch, *(details.xml(version) for details in self.details)),
            _maybe("AddtlNtryInf", self.info),
        )


def camt053(*entries: Ntry, version: str = "001.02", account: str = _ACCOUNT, balances: str = "", namespace: str | None = None) -> bytes:
    whole = statement(*entries, balances=balances, account=account, version=version)
    return _document(tag("BkToCstmrStmt", _HEADER, whole), _space("053", version) if namespace is None else namespace)


def camt053_of(*statements: str, version: str = "001.02") -> bytes:
    """A file of several statements, as `statement` makes them."""
    return _document(tag("BkToCstmrStmt", _HEADER, *statements), _space("053", version))


def statement(*entries: Ntry, balances: str = "", account: str = _ACCOUNT, version: str = "001.02") -> str:
    """One statement of a file."""
    return _statement("Stmt", account, balances, *(entry.xml(version) for entry in entries))


def balanced(opening: str, closing: str, *, day: str = "2026-11-02", until: str = "") -> str:
    """The balances of a statement of one day, or from a day until another."""
    return balance("OPBD", opening, day=day) + balance("CLBD", closing, day=until or day)


def camt054(*entries: Ntry, version: str = "001.02", account: str = _ACCOUNT) -> bytes:
    whole = _statement("Ntfctn", account, *(entry.xml(version) for entry in entries))
    return _document(tag("BkToCstmrDbtCdtNtfctn", _HEADER, whole), _space("054", version))


def balance(code: str, amount: str, *, direction: str = "CRDT", day: str = "2026-11-02") -> str:
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return tag("Bal", kind, f'<Amt Ccy="SEK">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt>')


def tag(name: str, *inside: str) -> str:
    return f"<{name}>{''.join(inside)}</{name}>" if any(inside) else ""


def _maybe(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{text}</{name}>"


def _reference(ref: str) -> str:
    kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
    return tag("Strd", tag("CdtrRefInf", kind, f"<Ref>{ref}</Ref>"))


def _statement(name: str, account: str, *inside: str) -> str:
    return tag(name, "<Id>STMT-1</Id><CreDtTm>2026-11-03T05:00:01</CreDtTm>", tag("Acct", account), *inside)


def _space(number: str, version: str) -> str:
    return f"urn:iso:std:iso:20022:tech:xsd:camt.{number}.{version}"


def _document(message: str, namespace: str) -> bytes:
    root = f'<Document xmlns="{namespace}">' if namespace else "<Document>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}{message}</Document>'.replace("><", ">\n<").encode()
