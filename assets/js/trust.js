// Trusted Types: HTML may be parsed only when it carries no script, handler or script address;
// scripts never come from strings and only from our own origin.
const carriesScript = /<script|<[^>]*[\s/"']on\w+\s*=|<[^>]*=\s*["']?\s*javascript:/i;

if (self.trustedTypes) {
  trustedTypes.createPolicy("default", {
    createHTML: (html) => (carriesScript.test(html) ? null : html),
    createScriptURL: (url) => (new URL(url, location.href).origin === location.origin ? url : null),
  });
}
