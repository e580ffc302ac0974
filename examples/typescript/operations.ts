/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** A filed record to be approved. */
export type ApproveRecordInput = {
  /** Its plain id. */
  record: string;
};

/** A behaviour to be filed. */
export type FileRecordInput = {
  /** Whom it is about, by plain id. */
  subject: string;
  /** The scheme's code. */
  scheme: string;
  /** The rule's code. */
  rule: string;
  /** The day of the behaviour. */
  happenedOn: string;
  /** Further rules that the same act matches; the weightiest of all decides. */
  matching?: Array<string>;
  /** How much, where the rule asks a quantity. */
  quantity?: string | number | null | undefined;
  /** Points, where the rule leaves a range. */
  points?: string | number | null | undefined;
  /** The plain id that the caller gives it. */
  record: string;
  /** What was seen; kept in the vault. */
  note?: string | null | undefined;
};

/** Where a record is in its life. */
export type RecordState =
  | 'FILED'
  | 'APPROVED'
  | 'IN_FORCE'
  | 'CONTESTED'
  | 'EXPIRED'
  | 'REJECTED'
  | 'REVOKED'
  | 'REPAIRED';

export type ApproveRecordMutationVariables = Exact<{
  input: ApproveRecordInput;
}>;


export type ApproveRecordMutation = { approveRecord:
    | (
      { record: { ref: string, state: RecordState, points: string }, receipt: { seq: number } }
      & { __typename: 'RecordDone' }
    )
    | (
      { code: string, message: string, field: string | null }
      & { __typename: 'Refusal' }
    )
   };

export type FileRecordMutationVariables = Exact<{
  input: FileRecordInput;
}>;


export type FileRecordMutation = { fileRecord:
    | (
      { record: { ref: string, state: RecordState }, receipt: { seq: number } }
      & { __typename: 'RecordDone' }
    )
    | (
      { code: string, message: string, field: string | null }
      & { __typename: 'Refusal' }
    )
   };

export type GroupQueryVariables = Exact<{
  group: string;
  first?: number;
  after?: string | null | undefined;
}>;


export type GroupQuery = { subject:
    | { name: string | null, standing:
        | (
          { score: string, grade: string }
          & { __typename: 'Standing' }
        )
        | (
          { code: string, message: string }
          & { __typename: 'Refusal' }
        )
       }
    | { name: string | null, members: { nodes: Array<{ ref: string, name: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, standing:
        | (
          { score: string, grade: string }
          & { __typename: 'Standing' }
        )
        | (
          { code: string, message: string }
          & { __typename: 'Refusal' }
        )
       }
   | null };

type WhereItStands_Standing_Fragment = (
  { score: string, grade: string }
  & { __typename: 'Standing' }
);

type WhereItStands_Refusal_Fragment = (
  { code: string, message: string }
  & { __typename: 'Refusal' }
);

export type WhereItStandsFragment =
  | WhereItStands_Standing_Fragment
  | WhereItStands_Refusal_Fragment
;

export type WhyQueryVariables = Exact<{
  subject: string;
  first?: number;
}>;


export type WhyQuery = { statement:
    | (
      { base: string, lines: { nodes: Array<{ happenedOn: string, rule: { title: { en: string } }, share: { amount: string } }> } }
      & { __typename: 'Statement' }
    )
    | (
      { code: string, message: string }
      & { __typename: 'Refusal' }
    )
   };
