// What all pictures share. Plotly reads text as HTML: what comes from a file goes through `plain` on its way there.

const CONFIG = { displayModeBar: false, responsive: true };

const find = (selector) => document.querySelector(selector);
const number = (value) => value.toLocaleString("en");
const signed = (value) => (value > 0 ? "+" : value < 0 ? "\u2212" : "") + number(Math.abs(value));
const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}\u2026` : text);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Text for Plotly in lines of at most `width` characters, broken behind punctuation where there is some.
function wrapped(text, width, lines) {
  const pieces = text.match(new RegExp(`.{1,${width}}$|.{1,${width - 1}}[\\s_\\-,:/(]|.{1,${width}}`, "gsu")) ?? [];
  return pieces.length > 1 && text.length > width ? pieces.slice(0, lines).map(plain).join("<br>") : plain(text);
}

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

// A colour between two that are written #rrggbb.
function mixed(from, to, share) {
  const channels = [1, 3, 5].map((at) => {
    const [low, high] = [from, to].map((each) => parseInt(each.slice(at, at + 2), 16));
    return Math.round(low + (high - low) * share);
  });
  return `rgb(${channels.join(",")})`;
}

function layout(more) {
  const font = { family: "system-ui, sans-serif", size: 12, color: colour("text") };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font,
    hoverlabel: { align: "left", bgcolor: colour("panel"), bordercolor: colour("line"), font },
    ...more,
  };
}
