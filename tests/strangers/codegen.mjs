// Lets graphql-codegen write types: reads {schema, documents: {name: text}}, prints {schema, operations}.
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";
import { text } from "node:stream/consumers";

const { schema, documents } = JSON.parse(await text(process.stdin));
const written = { input: "string", output: "string" };
const exact = { input: "string | number", output: "string" };

function generate(filename, plugin) {
  return codegen({
    filename,
    schema: parse(schema),
    documents: Object.entries(documents).map(([location, text]) => ({ location, document: parse(text) })),
    pluginMap: { plugin },
    plugins: [{ plugin: {} }],
    config: {
      strictScalars: true,
      useTypeImports: true,
      enumsAsTypes: true,
      mergeFragmentTypes: true,
      scalars: {
        Cursor: written,
        Day: written,
        Percent: written,
        Points: exact,
        Position: "number",
        Quantity: exact,
      },
    },
  });
}

console.log(
  JSON.stringify({
    schema: await generate("schema.ts", typescript),
    operations: await generate("operations.ts", operations),
  }),
);
