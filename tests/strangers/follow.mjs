// Follows the journal with the npm package graphql-ws, and prints what came: over connections that are cut again and
// again where asked, each time going on from the last position that was seen.
import { createClient } from "graphql-ws";

const [url, first, count, perConnection] = process.argv.slice(2);
const query = "subscription($after: Position) { journal(after: $after) { seq ref } }";
const told = [];
const closes = [];
let after = Number(first);
while (told.length < Number(count)) {
  let socket = null;
  let left = Number(perConnection);
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: {
      opened: (opened) => (socket = opened),
      closed: ({ code, reason }) => closes.push({ code, reason }),
    },
  });
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors) throw new Error(JSON.stringify(errors));
      told.push(data.journal);
      after = data.journal.seq;
      left -= 1;
      if (told.length === Number(count)) break;
      if (left === 0) {
        client.terminate();
        break;
      }
    }
  } finally {
    await client.dispose();
  }
}
console.log(JSON.stringify({ told, closes }));
process.exit(0);
