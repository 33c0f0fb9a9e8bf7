// Runs a job of two objects as a program of the AWS SDK for JavaScript does, and prints what it saw.
// It reads the variables that `python -m jobs local` prints, and nothing else.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateJobCommand,
  DescribeJobCommand,
  GetJobTaggingCommand,
  ListJobsCommand,
  S3ControlClient,
  UpdateJobStatusCommand,
} from "@aws-sdk/client-s3-control";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { HttpProxyAgent } from "http-proxy-agent";

const { HTTP_PROXY, JOBS_BUCKET, JOBS_FUNCTION_ARN, JOBS_ROLE_ARN, JOBS_SOURCE_BUCKET } = process.env;
const AccountId = "123456789012";
const s3 = new S3Client({});
// The two lines of docs/local.md: this SDK reads no HTTP_PROXY.
const requestHandler = HTTP_PROXY && new NodeHttpHandler({ httpAgent: new HttpProxyAgent(HTTP_PROXY) });
const s3control = new S3ControlClient(requestHandler ? { requestHandler } : {});

async function until(JobId, ...statuses) {
  for (;;) {
    const { Job } = await s3control.send(new DescribeJobCommand({ AccountId, JobId }));
    if (statuses.includes(Job.Status)) return Job;
    await new Promise((done) => setTimeout(done, 50));
  }
}

for (const Key of ["a b+c.txt", "é.txt"]) {
  await s3.send(new PutObjectCommand({ Bucket: JOBS_SOURCE_BUCKET, Key, Body: Key }));
}
const Body = `${JOBS_SOURCE_BUCKET},a%20b%2Bc.txt\n${JOBS_SOURCE_BUCKET},%C3%A9.txt\n`;
const { ETag } = await s3.send(new PutObjectCommand({ Bucket: JOBS_BUCKET, Key: "js.csv", Body }));
const { JobId } = await s3control.send(
  new CreateJobCommand({
    AccountId,
    ConfirmationRequired: true,
    Operation: { LambdaInvoke: { FunctionArn: JOBS_FUNCTION_ARN, InvocationSchemaVersion: "2.0" } },
    Manifest: {
      Spec: { Format: "S3BatchOperations_CSV_20180820", Fields: ["Bucket", "Key"] },
      Location: { ObjectArn: `arn:aws:s3:::${JOBS_BUCKET}/js.csv`, ETag },
    },
    Report: {
      Enabled: true,
      Bucket: `arn:aws:s3:::${JOBS_BUCKET}`,
      Format: "Report_CSV_20180820",
      ReportScope: "AllTasks",
    },
    Priority: 1,
    RoleArn: JOBS_ROLE_ARN,
    Tags: [{ Key: "team", Value: "é data" }],
  }),
);
await until(JobId, "Suspended");
await s3control.send(new UpdateJobStatusCommand({ AccountId, JobId, RequestedJobStatus: "Ready" }));
const Job = await until(JobId, "Complete", "Failed", "Cancelled");
const { Jobs } = await s3control.send(new ListJobsCommand({ AccountId }));
const { Tags } = await s3control.send(new GetJobTaggingCommand({ AccountId, JobId }));
const copy = await s3.send(
  new GetObjectCommand({ Bucket: process.argv[2], Key: `${process.argv[3]}a b+c.txt` }),
);
let refusal = "";
try {
  await s3control.send(new DescribeJobCommand({ AccountId, JobId: "no-such-job" }));
} catch (error) {
  refusal = error.name;
}
console.log(
  JSON.stringify({
    copy: await copy.Body.transformToString(),
    created: Job.CreationTime instanceof Date,
    failures: Job.FailureReasons,
    listed: Jobs.some((each) => each.JobId === JobId),
    progress: Job.ProgressSummary.NumberOfTasksSucceeded,
    refusal,
    status: Job.Status,
    tags: Tags,
  }),
);
