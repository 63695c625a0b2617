// Everything here only makes pages faster: each behaviour hangs on a data- attribute, and the
// page works without it as plain links and forms. trust.js comes first: htmx parses HTML by it.
import "./trust.js";
import "./partial.js";
import "./keys.js";
import "./menus.js";
import "./sheets.js";
import "./dialogs.js";
import "./toasts.js";
import "./tabs.js";
import "./theme.js";
import "./quantity.js";
import "./autosave.js";
import "./live.js";
import "../catalog/quantities.js";
import "../catalog/facets.js";
import "../rights/matrix.js";
import "../rights/why.js";
import "../people/passkeys.js";
