// Asks and follows with the npm package graphql-ws, and prints what it made of each answer.
import { createClient } from "graphql-ws";

const [url] = process.argv.slice(2);
const found = {};
const settings = { url, webSocketImpl: WebSocket, retryAttempts: 0 };

const once = (client, request) =>
  new Promise((resolve) => {
    const answers = [];
    client.subscribe(request, {
      next: (answer) => answers.push(answer),
      error: (fault) => resolve({ answers, fault: Array.isArray(fault) ? fault[0].extensions.code : fault.code }),
      complete: () => resolve({ answers }),
    });
  });

{
  const client = createClient({ ...settings, connectionParams: { "X-Trustnet-Operator": "teacher-5" }, keepAlive: 50 });
  let pongs = 0;
  client.on("pong", () => (pongs += 1));
  found.query = await once(client, { query: "{ scheme(code: \"school\") { title { zh } } }" });
  found.mutation = await once(client, {
    query: `mutation { fileRecord(input: {record: "ws-1", subject: "p-01", scheme: "school",
      rule: "returned-lost-property", happenedOn: "2026-06-30"}) { ... on RecordDone { record { filer } } } }`,
  });
  found.unknown = await once(client, { query: "subscription { nothing }" });
  found.syntax = await once(client, { query: "subscription {" });
  found.beyond = await once(client, { query: "subscription { journal(after: 1000000) { seq } }" });
  const together = ["p-01", "p-02", "p-03"].map(async (ref) => {
    const query = "subscription($s: [String!]!) { standings(subjects: $s, scheme: \"school\") { standings { subject { ref } } } }";
    for await (const { data } of client.iterate({ query, variables: { s: [ref] } })) {
      return data.standings.standings[0].subject.ref;
    }
  });
  found.together = await Promise.all(together);
  // The socket is let go of when nothing is asked: this keeps it open until a pong has come.
  const waiting = client.iterate({ query: "subscription { journal { seq } }" });
  const next = waiting.next();
  while (pongs === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await waiting.return();
  await next.catch(() => null);
  found.pongs = pongs > 0;
  await client.dispose();
}
{
  const client = createClient({ ...settings, jsonMessageReplacer: (key, value) => (key === "type" && value === "subscribe" ? "start" : value) });
  found.otherWord = await once(client, { query: "{ head { seq } }" });
}
console.log(JSON.stringify(found));
process.exit(0);
