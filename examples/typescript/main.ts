// Looks at a study group, asks why its pupil stands where she does, and files a record: node main.ts ADDRESS RECORD

import type {
  ApproveRecordMutation,
  ApproveRecordMutationVariables,
  FileRecordMutation,
  FileRecordMutationVariables,
  GroupQuery,
  GroupQueryVariables,
  WhyQuery,
  WhyQueryVariables,
} from "./operations.ts";
import { document, pages, refused, Trustnet } from "./trustnet.ts";

const GROUP = document<GroupQuery, GroupQueryVariables>("group");
const WHY = document<WhyQuery, WhyQueryVariables>("why");
const FILE = document<FileRecordMutation, FileRecordMutationVariables>("file-record");
const APPROVE = document<ApproveRecordMutation, ApproveRecordMutationVariables>("approve-record");

const [address = "http://127.0.0.1:8000/graphql", record = "from-typescript"] = process.argv.slice(2);
const teacher = new Trustnet(address, "t-07");
const head = new Trustnet(address, "t-01");

async function showGroup(group: string): Promise<void> {
  const { subject } = await teacher.ask(GROUP, { group, first: 2, after: null });
  if (subject === null) throw new Error(`there is no ${group}`);
  const stands = refused(subject.standing) ? subject.standing.message : subject.standing.score;
  console.log(`${subject.name} stands at ${stands}`);
  const members = pages(async (after) => {
    const { subject } = await teacher.ask(GROUP, { group, first: 2, after });
    if (subject === null || !("members" in subject)) throw new Error(`${group} is no study group`);
    return subject.members;
  });
  for await (const member of members) console.log(`  ${member.ref} ${member.name}`);
}

async function showWhy(subject: string): Promise<void> {
  const { statement } = await teacher.ask(WHY, { subject, first: 3 });
  if (refused(statement)) throw new Error(statement.message);
  console.log(`${subject} began at ${statement.base}`);
  for (const line of statement.lines.nodes) {
    console.log(`  ${line.happenedOn} ${line.share.amount} ${line.rule.title.en}`);
  }
}

async function fileAndApprove(): Promise<void> {
  const input = { record, subject: "p-01", scheme: "school", rule: "returned-lost-property", happenedOn: "2026-06-30" };
  const { fileRecord: filed } = await teacher.change(FILE, { input });
  if (refused(filed)) throw new Error(filed.message);
  const { fileRecord: again } = await teacher.change(FILE, { input });
  const once = !refused(again) && again.receipt.seq === filed.receipt.seq;
  console.log(`${filed.record.state}, and ${once ? "once" : "twice"}`);
  for (const operator of [teacher, head]) {
    const { approveRecord: done } = await operator.change(APPROVE, { input: { record } });
    console.log(refused(done) ? `refused: ${done.code}` : `${done.record.state} with ${done.record.points} points`);
  }
}

await showGroup("sg-02");
await showWhy("p-01");
console.log(`${teacher.unchanged} answer had not changed`);
await fileAndApprove();
await showGroup("sg-02");
