// Reads streams of a server with the AI SDK's own client, and prints the messages that it makes.
//
// node vercel.mjs PACKAGE ADDRESS: PACKAGE is "ai", "ai-6" or "ai-5". The server names its scenarios at
// ADDRESS/scenarios. Each answer is sent back in a second request, as a page does.

const [name, address] = process.argv.slice(2);
const { DefaultChatTransport, readUIMessageStream, validateUIMessages } = await import(name);

const user = (id, text) => ({ id, role: "user", parts: [{ type: "text", text }] });

async function ask(scenario, messages) {
  const transport = new DefaultChatTransport({ api: `${address}/vercel`, body: { scenario } });
  const chunks = await transport.sendMessages({
    chatId: "chat-1",
    trigger: "submit-message",
    messageId: undefined,
    messages,
    abortSignal: undefined,
  });
  const errors = [];
  const types = [];
  const seen = chunks.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        types.push(chunk.type);
        controller.enqueue(chunk);
      },
    }),
  );
  let message = null;
  const states = readUIMessageStream({
    stream: seen,
    onError: (error) => errors.push(String(error.message ?? error)),
  });
  for await (const state of states) message = state;
  return { message, errors, types };
}

const found = {};
for (const scenario of await (await fetch(`${address}/scenarios`)).json()) {
  const question = user("user-1", "What is the weather?");
  const answer = await ask(scenario, [question]);
  found[scenario] = answer;
  if (answer.message === null) continue;
  try {
    await validateUIMessages({ messages: [answer.message] });
  } catch (error) {
    answer.errors.push(`not valid: ${error.message}`);
  }
  if (!scenario.startsWith("random-")) {
    await ask(`history:${scenario}`, [question, answer.message, user("user-2", "Thanks.")]);
  }
}
console.log(JSON.stringify(found));
