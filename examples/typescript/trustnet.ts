// A small client: documents are asked for by their hash, and what has not changed is not sent again.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A document with the types that graphql-codegen wrote for it. */
export interface Document<Result, Variables> {
  readonly id: string;
  /** Never there: they tell the compiler what goes in and what comes out. */
  readonly types?: (variables: Variables) => Result;
}

/** Read a document of the folder that the service trusts. */
export function document<Result, Variables>(name: string): Document<Result, Variables> {
  const text = readFileSync(new URL(`../documents/${name}.graphql`, import.meta.url));
  return { id: `sha256:${createHash("sha256").update(text).digest("hex")}` };
}

interface GraphQLFault {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

/** The request itself was wrong, or the service failed. What the domain refuses is part of an answer instead. */
export class NotAnswered extends Error {
  readonly code: string;

  constructor(fault: GraphQLFault) {
    super(fault.message);
    this.code = fault.extensions.code;
  }
}

/** Tell the refusals of an answer from everything else. */
export function refused<Answer extends { readonly __typename: string }>(
  answer: Answer,
): answer is Extract<Answer, { readonly __typename: "Refusal" }> {
  return answer.__typename === "Refusal";
}

export class Trustnet {
  /** How many answers had not changed since they were asked for before. */
  unchanged = 0;

  readonly #address: string;
  readonly #operator: string;
  readonly #kept = new Map<string, { readonly tag: string; readonly data: unknown }>();

  constructor(address: string, operator: string) {
    this.#address = address;
    this.#operator = operator;
  }

  /** Ask a query. */
  async ask<Result, Variables>(asked: Document<Result, Variables>, variables: Variables): Promise<Result> {
    const url = `${this.#address}?${new URLSearchParams({
      documentId: asked.id,
      variables: JSON.stringify(variables),
    })}`;
    const kept = this.#kept.get(url);
    const answered = await fetch(url, { headers: this.#headers(kept ? { "If-None-Match": kept.tag } : {}) });
    if (answered.status === 304 && kept) {
      this.unchanged += 1;
      return kept.data as Result;
    }
    const data = await read<Result>(answered);
    const tag = answered.headers.get("ETag");
    if (tag !== null) this.#kept.set(url, { tag, data });
    return data;
  }

  /** Do a mutation. After a lost connection, do it again: the same is the first answer, and nothing happens twice. */
  async change<Result, Variables>(asked: Document<Result, Variables>, variables: Variables): Promise<Result> {
    const answered = await fetch(this.#address, {
      method: "POST",
      headers: this.#headers({ "Content-Type": "application/json" }),
      body: JSON.stringify({ documentId: asked.id, variables }),
    });
    return read<Result>(answered);
  }

  #headers(more: Record<string, string>): Record<string, string> {
    return { Accept: "application/graphql-response+json", "X-Trustnet-Operator": this.#operator, ...more };
  }
}

async function read<Result>(answered: Response): Promise<Result> {
  const body = (await answered.json()) as { data?: Result; errors?: readonly GraphQLFault[] };
  const [fault] = body.errors ?? [];
  if (fault !== undefined) throw new NotAnswered(fault);
  return body.data as Result;
}

/** Go through all pages of a connection, from cursor to cursor. */
export async function* pages<Thing>(
  page: (after: string | null) => Promise<{
    readonly nodes: readonly Thing[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  }>,
): AsyncGenerator<Thing> {
  let after: string | null = null;
  for (;;) {
    const { nodes, pageInfo } = await page(after);
    yield* nodes;
    if (!pageInfo.hasNextPage) return;
    after = pageInfo.endCursor;
  }
}
