// Reads streams of a server with AG-UI's own client, and prints the messages that it makes.
//
// node ag_ui.mjs ADDRESS: the server names its scenarios at ADDRESS/scenarios. Each conversation is
// sent back in a second request, as a page does. Whatever the client warns of counts as an error.

import { HttpAgent } from "@ag-ui/client";

const [address] = process.argv.slice(2);
let warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));
console.error = (...words) => warnings.push(words.join(" "));

const tools = [
  {
    name: "confirm",
    description: "Asks the user.",
    parameters: { type: "object", properties: { text: { type: "string" } } },
  },
];

async function ask(agent, scenario) {
  warnings = [];
  const errors = [];
  const types = [];
  const watcher = {
    onEvent: ({ event }) => void types.push(event.type),
    onRunFailed: ({ error }) => void errors.push(error.message),
    onRunErrorEvent: ({ event }) => void errors.push(`${event.code}: ${event.message}`),
  };
  let outcome = null;
  watcher.onRunFinishedEvent = ({ event }) => void (outcome = event);
  try {
    await agent.runAgent({ tools, forwardedProps: { scenario } }, watcher);
  } catch (error) {
    if (!errors.length) errors.push(error.message);
  }
  return { messages: agent.messages, state: agent.state, outcome, errors, types, warnings };
}

const found = {};
for (const scenario of await (await fetch(`${address}/scenarios`)).json()) {
  const question = { id: "user-1", role: "user", content: "What is the weather?" };
  const agent = new HttpAgent({
    url: `${address}/ag-ui`,
    threadId: "thread-1",
    initialMessages: [question],
    initialState: { page: 1 },
  });
  found[scenario] = structuredClone(await ask(agent, scenario));
  if (!scenario.startsWith("random-")) {
    agent.addMessage({ id: "user-2", role: "user", content: "Thanks." });
    await ask(agent, `history:${scenario}`);
  }
}
console.log(JSON.stringify(found));
