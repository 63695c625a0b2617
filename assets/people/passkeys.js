// Passkeys: the one thing a page cannot do without a script. The form stays hidden where the browser knows none;
// address and password are the way without. The answer travels in a hidden field of an ordinary form.
const ask = {
  get: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  create: (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
};
// Keys are bound to a name: at a bare number no device gives one.
const isNumber = /^[\d.]+$|:/.test(location.hostname);
const knowsPasskeys =
  !isNumber && window.PublicKeyCredential && "parseRequestOptionsFromJSON" in PublicKeyCredential;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!knowsPasskeys) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    const field = form.elements.namedItem("credential");
    if (field.value) return;
    event.preventDefault();
    try {
      const answer = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
      field.value = JSON.stringify(answer.toJSON());
      form.requestSubmit();
    } catch {
      // The person closed the question of the device: everything stays as it was.
    }
  });
}
