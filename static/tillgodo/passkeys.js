// Passkeys: what to say when a device gives none, and no offer where there can be none.

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const trouble = document.querySelector("[data-passkey-trouble]");
  if (trouble) trouble.hidden = false;
});

const isNumbers = /^[\d.]+$|:/.test(location.hostname); // a passkey belongs to a name, never to a network address
if (!window.PublicKeyCredential || isNumbers) {
  for (const offer of document.querySelectorAll("[data-passkey-offer]")) offer.hidden = true;
}
