// The page: asks, reads the stream of the answer, shows it, goes on after a lost connection.
//
// An answer is what its events add up to, so it is made anew from the first event after a reload.
// The text of a model becomes text nodes and elements made here, never HTML.

const byId = (id) => document.getElementById(id);
const [picker, tools, form, question, send, stop, list, status, hint] = [
  "model", "tools", "ask", "question", "send", "stop", "conversation", "status", "hint",
].map(byId);

const KEY = "conversation";
const WAITS = [300, 600, 1200, 2500, 5000, 5000, 5000]; // ms before another connection

let turns = [];
let running = null; // the answer that is being read

// --- elements

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// --- Markdown: blocks, then what stands within a line

const INLINE = new RegExp(
  [
    "(?<escape>\\\\[\\\\`*_~\\[\\]()#|>.!-])",
    "(?<ticks>`+)(?<code>.+?)\\k<ticks>(?!`)",
    "\\*\\*(?<strong>(?=\\S).+?\\S?)\\*\\*",
    "\\*(?<em>(?=[^\\s*]).*?[^\\s*])\\*(?!\\*)",
    "~~(?<del>.+?)~~",
    "!?\\[(?<label>[^\\]]*)\\]\\((?<href>[^()\\s]*(?:\\([^()\\s]*\\)[^()\\s]*)*)(?:\\s+\"[^\"]*\")?\\)",
    "(?<url>https?://[^\\s<>]*[^\\s<>.,;:!?)'\"\\]])",
  ].join("|"), "gs",
);

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...lines(text.slice(from, found.index)), inlineElement(found));
    from = found.index + found[0].length;
  }
  nodes.push(...lines(text.slice(from)));
  return nodes;
}

function inlineElement(found) {
  const part = found.groups;
  if (part.escape) return part.escape[1];
  if (part.code) return make("code", {}, part.code);
  if (part.url) return link(part.url, [part.url]);
  if (part.href !== undefined) return link(part.href, inline(part.label || part.href));
  for (const tag of ["strong", "em", "del"]) if (part[tag]) return make(tag, {}, ...inline(part[tag]));
  return found[0];
}

// Links lead to web pages only; whatever else a model writes there stays text.
function link(href, children) {
  if (!/^(https?:|mailto:)/i.test(href)) return make("span", {}, ...children);
  return make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

function lines(text) {
  return text.split("\n").flatMap((line, n) => (n ? [make("br"), line] : [line]));
}

const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?:\s+|$)/;
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const STARTS = [FENCE, /^ {0,3}#{1,6}\s/, /^ {0,3}>/, /^ {0,3}([-*_])(\s*\1){2,}\s*$/];

// The source of each top-level block: lists of lines.
function blocks(text) {
  const found = [];
  let block = null;
  for (const line of text.split("\n")) {
    if (block?.fence) {
      block.lines.push(line);
      const end = line.trim();
      if (end.startsWith(block.fence) && !end.replaceAll(block.fence[0], "")) block = null;
    } else if (block?.list && (ITEM.test(line) || /^\s{2,}\S/.test(line) || !line.trim())) {
      block.lines.push(line);
    } else if (!line.trim()) {
      block = null;
    } else if (!block || block.list || STARTS.some((start) => start.test(line)) || ITEM.test(line)
      || (block.single || (/^ {0,3}>/.test(block.lines[0]) && !/^ {0,3}>/.test(line)))) {
      const quoted = /^ {0,3}>/;
      if (block && quoted.test(block.lines[0]) && quoted.test(line)) {
        block.lines.push(line);
        continue;
      }
      block = { lines: [line], fence: FENCE.exec(line)?.[1], list: ITEM.test(line) && !STARTS[3].test(line) };
      block.single = STARTS[1].test(line) || STARTS[3].test(line);
      found.push(block);
    } else {
      block.lines.push(line);
    }
  }
  return found.map((each) => each.lines.join("\n").trimEnd());
}

function blockElement(source) {
  const rows = source.split("\n");
  const fence = FENCE.exec(rows[0]);
  if (fence) {
    const isClosed = rows.length > 1 && rows.at(-1).trim().startsWith(fence[1]);
    return make("pre", { tabIndex: 0 }, make("code", {}, rows.slice(1, isClosed ? -1 : undefined).join("\n")));
  }
  const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(rows[0]);
  if (heading && rows.length === 1) return make(`h${Math.min(heading[1].length + 2, 6)}`, {}, ...inline(heading[2]));
  if (STARTS[3].test(rows[0]) && rows.length === 1) return make("hr");
  if (/^ {0,3}>/.test(rows[0])) {
    return make("blockquote", {}, ...markdown(rows.map((row) => row.replace(/^ {0,3}> ?/, "")).join("\n")));
  }
  if (ITEM.test(rows[0])) return listElement(rows);
  if (rows.length > 1 && rows[0].includes("|") && /^[\s|:-]*-[\s|:-]*$/.test(rows[1])) return table(rows);
  return make("p", {}, ...inline(source));
}

function listElement(rows) {
  const items = [];
  const indent = rows[0].search(/\S/);
  for (const row of rows) {
    const start = row.search(/\S/) < indent + 2 && ITEM.exec(row);
    if (start) items.push([row.slice(start[0].length)]);
    else items.at(-1).push(row.replace(/^\s{1,4}/, ""));
  }
  const number = /^\s*(\d+)/.exec(rows[0]);
  const list = make(number ? "ol" : "ul", number ? { start: Number(number[1]) } : {});
  for (const item of items) {
    const inner = markdown(item.join("\n"));
    const isPlain = inner.length && inner[0].tagName === "P";
    list.append(make("li", {}, ...(isPlain ? [...inner[0].childNodes, ...inner.slice(1)] : inner)));
  }
  return list;
}

function table(rows) {
  const cells = (row, tag) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/)
    .map((cell) => make(tag, {}, ...inline(cell.trim())));
  return make("table", {},
    make("thead", {}, make("tr", {}, ...cells(rows[0], "th"))),
    make("tbody", {}, ...rows.slice(2).map((row) => make("tr", {}, ...cells(row, "td")))));
}

const markdown = (text) => blocks(text).map(blockElement);

// Blocks whose source is as before stay, so a token costs the last block alone.
function showMarkdown(element, text) {
  const sources = blocks(text);
  sources.forEach((source, n) => {
    const shown = element.children[n];
    if (shown?.source === source) return;
    const made = Object.assign(blockElement(source), { source });
    if (shown) shown.replaceWith(made);
    else element.append(made);
  });
  while (element.children.length > sources.length) element.lastChild.remove();
}

// --- what the events of an answer add up to

function addEvent(turn, name, event) {
  const { data, run_id: run } = event;
  if (name === "on_chat_model_stream") data.chunk.blocks.forEach((block) => addBlock(turn, run, block));
  else if (name === "on_chat_model_end") addUsage(turn, run, data.output);
  else if (name === "on_tool_end") toolOf(turn, event).result = data.output.content ?? JSON.stringify(data.output);
  else if (name === "on_tool_error") toolOf(turn, event).problem = data.error.message;
  else if (name === "end") {
    turn.state = data.reason;
    turn.problem = data.error?.message ?? data.text;
  }
}

function addBlock(turn, run, block) {
  if (block.type === "tool_call_chunk") {
    const call = partOf(turn, "tool", `${run} ${block.index}`);
    call.name += block.name ?? "";
    call.args += block.args ?? "";
    call.id ??= block.id;
  } else if (block.type === "text" || block.type === "reasoning" || block.type === "refusal") {
    const kind = block.type === "reasoning" ? "reasoning" : "text";
    const last = turn.parts.at(-1);
    const part = last?.kind === kind && last.run === run ? last : { kind, run, text: "" };
    if (part !== last) turn.parts.push(part);
    part.text += block.text;
  }
}

function partOf(turn, kind, run) {
  let part = turn.parts.find((each) => each.kind === kind && each.run === run);
  if (!part) turn.parts.push(part = { kind, run, name: "", args: "" });
  return part;
}

function toolOf(turn, event) {
  const id = event.data.tool_call_id ?? event.data.output?.tool_call_id;
  const call = turn.parts.find((part) => part.kind === "tool" && part.id === id);
  return call ?? Object.assign(partOf(turn, "tool", event.run_id), { id, name: event.name });
}

function addUsage(turn, run, output) {
  const usage = output.usage_metadata ?? {};
  for (const part of ["input_tokens", "output_tokens"]) {
    if (usage[part] != null) turn.usage[part] = (turn.usage[part] ?? 0) + usage[part];
  }
}

// --- showing it

const views = new WeakMap();

function show(turn) {
  let view = views.get(turn);
  if (!view) {
    const head = make("h2", {}, turn.role === "user" ? "You" : turn.model);
    view = make("article", { className: turn.role }, head, make("div", { className: "parts" }));
    views.set(turn, view);
    list.append(view);
    hint.hidden = true;
  }
  if (turn.role === "user") {
    if (view.children.length === 2 && !view.querySelector(".text")) {
      view.lastChild.replaceWith(make("div", { className: "text" }, turn.text));
    }
    return;
  }
  view.setAttribute("aria-busy", String(turn.state === "running" || turn.state === "lost"));
  const parts = view.querySelector(".parts");
  turn.parts.forEach((part, n) => showPart(parts, part, n));
  while (parts.children.length > turn.parts.length) parts.lastChild.remove();
  for (const old of view.querySelectorAll(":scope > :not(h2, .parts)")) old.remove();
  view.append(...remarks(turn));
}

const SHOWN = {
  text: () => make("div", { className: "markdown" }),
  reasoning: () => make("details", {}, make("summary", {}, "Reasoning"), make("div", { className: "text" })),
  tool: () => make("details", { className: "tool" }, make("summary"), make("pre", { tabIndex: 0 })),
};

function showPart(parts, part, n) {
  let element = parts.children[n];
  if (element?.kind !== part.kind) {
    const made = Object.assign(SHOWN[part.kind](), { kind: part.kind });
    if (element) element.replaceWith(made);
    else parts.append(made);
    element = made;
  }
  if (part.kind === "text") showMarkdown(element, part.text);
  else if (part.kind === "reasoning") element.lastChild.textContent = part.text;
  else {
    const state = part.problem ? "failed" : part.result === undefined ? "called" : "done";
    element.firstChild.textContent = `Tool ${part.name}: ${state}`;
    element.lastChild.textContent = `${part.args}\n\n${part.problem ?? part.result ?? ""}`.trim();
  }
}

function remarks(turn) {
  const found = [];
  const { input_tokens: input, output_tokens: output } = turn.usage;
  const facts = [];
  if (input !== undefined) facts.push(`${input} tokens in`);
  if (output !== undefined) facts.push(`${output} tokens out`);
  if (turn.state === "aborted") facts.push(turn.problem);
  if (turn.state === "lost") facts.push("Connection lost, connecting again …");
  if (facts.length) found.push(make("p", { className: "facts" }, facts.join(" · ")));
  if (turn.state === "error") {
    const again = make("button", { type: "button", onclick: () => askAgain(turn) }, "Ask again");
    found.push(make("p", { className: "problem", role: "alert" }, turn.problem), again);
  }
  return found;
}

const toDraw = new Set();

// Shows the turn within 16 ms, once for all the tokens that come until then.
function draw(turn) {
  if (!toDraw.size) setTimeout(drawAll, 16);
  toDraw.add(turn);
}

function drawAll() {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  toDraw.forEach(show);
  toDraw.clear();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

// --- the stream

// Whole frames of server-sent events in, [id, name, data] out.
async function* frames(body) {
  let held = "";
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    held += piece;
    const whole = held.split("\n\n");
    held = whole.pop();
    for (const text of whole) {
      const fields = {};
      for (const line of text.split("\n")) {
        const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
        fields[name] = name === "data" && "data" in fields ? `${fields.data}\n${value}` : value;
      }
      if (fields.data !== undefined) yield [fields.id, fields.event, fields.data];
    }
  }
}

async function read(turn, response) {
  if (!response.ok) {
    const body = await response.json().catch(() => null);
    finish(turn, "error", body?.error?.message ?? `The server answered with status ${response.status}.`);
    return;
  }
  turn.stream = response.headers.get("x-stream-id") ?? turn.stream;
  save();
  for await (const [id, name, data] of frames(response.body)) {
    turn.state = "running";
    if (id) turn.lastId = id;
    addEvent(turn, name, JSON.parse(data));
    draw(turn);
    if (name === "end") return;
  }
}

// Read the answer to its end, over as many connections as that takes.
async function follow(turn, connect) {
  running = turn;
  turn.abort = new AbortController();
  setRunning(true);
  let failures = 0;
  while (turn.state === "running" || turn.state === "lost") {
    const before = turn.lastId;
    try {
      await read(turn, await connect(turn.abort.signal));
    } catch (error) {
      if (turn.abort.signal.aborted) break;
      if (!turn.stream) finish(turn, "error", "The server cannot be reached.");
    }
    if (turn.state !== "running" && turn.state !== "lost") break;
    failures = turn.lastId === before ? failures + 1 : 1;
    if (!turn.stream || failures > WAITS.length) {
      finish(turn, "error", "The connection was lost.");
      break;
    }
    turn.state = "lost";
    draw(turn);
    await new Promise((resolve) => setTimeout(resolve, WAITS[failures - 1]));
    connect = (signal) => resume(turn, signal);
  }
  running = null;
  setRunning(false);
  save();
  draw(turn);
  announce(turn);
}

function resume(turn, signal) {
  return fetch(`answers/${turn.stream}`, { signal, headers: { "Last-Event-ID": turn.lastId ?? `${turn.stream}.0` } });
}

function ask(signal) {
  const messages = turns.slice(0, -1)
    .map((turn) => ({ role: turn.role, content: turn.role === "user" ? turn.text : plainText(turn) }))
    .filter((message) => message.content);
  const body = JSON.stringify({ model: picker.value, messages, tools: tools.checked });
  return fetch("answers", { method: "POST", signal, headers: { "content-type": "application/json" }, body });
}

function finish(turn, state, problem) {
  turn.state = state;
  turn.problem = problem;
  draw(turn);
}

async function stopAnswer() {
  const turn = running;
  if (!turn) return;
  if (turn.stream) {
    const response = await fetch(`answers/${turn.stream}`, { method: "DELETE" }).catch(() => null);
    if (response?.ok) return; // its last event comes through the stream
  }
  turn.abort.abort();
  finish(turn, "aborted", "The answer was stopped.");
}

// --- the conversation

const plainText = (turn) => turn.parts.filter((part) => part.kind === "text").map((part) => part.text).join("\n\n");

function newAnswer() {
  return { role: "assistant", model: picker.value, parts: [], usage: {}, state: "running" };
}

function askQuestion(text) {
  const turn = { role: "user", text };
  turns.push(turn);
  show(turn);
  answerIt();
}

function answerIt() {
  const turn = newAnswer();
  turns.push(turn);
  save();
  show(turn);
  list.scrollTop = list.scrollHeight;
  status.textContent = `${turn.model} is answering.`;
  follow(turn, ask);
}

function askAgain(turn) {
  if (running) return;
  const place = turns.indexOf(turn);
  for (const old of turns.splice(place)) views.get(old)?.remove();
  answerIt();
}

function announce(turn) {
  if (turn.state === "complete") status.textContent = `Answer of ${turn.model}: ${plainText(turn)}`;
  else if (turn.state === "aborted") status.textContent = turn.problem;
}

function setRunning(isRunning) {
  send.hidden = isRunning;
  stop.hidden = !isRunning;
  byId("clear").disabled = isRunning;
}

function save() {
  const kept = turns.map(({ abort, ...turn }) => turn);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    sessionStorage.removeItem(KEY); // more than the browser keeps
  }
}

function restore() {
  turns = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  turns.forEach(show);
  list.scrollTop = list.scrollHeight;
  const last = turns.at(-1);
  if (last?.state !== "running" && last?.state !== "lost") return;
  Object.assign(last, { parts: [], usage: {}, state: "running", lastId: undefined });
  if (last.stream) follow(last, (signal) => resume(last, signal));
  else finish(last, "error", "The page was reloaded before the answer began.");
}

async function loadModels() {
  const { models } = await (await fetch("models")).json();
  picker.append(...models.map((id) => make("option", {}, id)));
  const kept = localStorage.getItem("model");
  if (models.includes(kept)) picker.value = kept;
}

function setTheme(theme) {
  const button = byId("theme");
  const isDark = theme === "dark" || (!theme && matchMedia("(prefers-color-scheme: dark)").matches);
  if (theme) document.documentElement.dataset.theme = theme;
  button.setAttribute("aria-pressed", String(isDark));
}

picker.addEventListener("change", () => localStorage.setItem("model", picker.value));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (!text || running) return;
  question.value = "";
  askQuestion(text);
});
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stopAnswer();
});
stop.addEventListener("click", () => {
  stopAnswer();
  question.focus();
});
byId("clear").addEventListener("click", () => {
  for (const turn of turns) views.get(turn)?.remove();
  turns = [];
  save();
  hint.hidden = false;
  question.focus();
});
byId("theme").addEventListener("click", () => {
  const isDark = byId("theme").getAttribute("aria-pressed") === "true";
  localStorage.setItem("theme", isDark ? "light" : "dark");
  setTheme(isDark ? "light" : "dark");
});

setTheme(localStorage.getItem("theme"));
try {
  await loadModels();
  restore();
} catch {
  hint.textContent = "The server cannot be reached. Load the page again.";
}
question.focus();
