// Lets Apollo's and urql's clients ask a document by its hash: persisted.mjs ADDRESS; reads {query, variables}.
// Prints, for each client, what came of it and what was sent over the wire.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client/core";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";

const [url] = process.argv.slice(2);
const { query, variables } = JSON.parse(await text(process.stdin));
const sha256 = (written) => createHash("sha256").update(written).digest("hex");

function watched(sent) {
  return async (address, options = {}) => {
    const answered = await fetch(address, options);
    const body = options.body ? JSON.parse(options.body) : Object.fromEntries(new URL(address).searchParams);
    sent.push({ method: options.method ?? "GET", status: answered.status, text: "query" in body });
    return answered;
  };
}

const told = {};

for (const [name, useGETForHashedQueries] of [["apollo", false], ["apollo by GET", true]]) {
  const sent = [];
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries }),
      new HttpLink({ uri: url, fetch: watched(sent) }),
    ]),
  });
  const came = await client.query({ query: gql(query), variables, errorPolicy: "all" });
  told[name] = { data: came.data ?? null, error: came.error?.message ?? null, sent };
}

const sent = [];
const client = new Client({
  url,
  fetch: watched(sent),
  preferGetMethod: false,
  exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
});
const came = await client.query(query, variables).toPromise();
told.urql = { data: came.data ?? null, error: came.error?.message ?? null, sent };

console.log(JSON.stringify(told));
