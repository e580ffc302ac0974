// Lets graphql-inspector compare two schemas: reads {before, after}, prints {criticality, path, message} of every change.
import { diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";
import { text } from "node:stream/consumers";

const { before, after } = JSON.parse(await text(process.stdin));
const changes = await diff(buildSchema(before), buildSchema(after));
console.log(
  JSON.stringify(changes.map(({ criticality, path, message }) => ({ criticality: criticality.level, path, message }))),
);
