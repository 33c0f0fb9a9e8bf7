"""`python -m jobs submit`: from a manifest and the deployed stack to a job of S3 Batch Operations.

`command` is the verb. `submitting` looks first (`preparing`) and writes last. `basis`, `arguments`,
`versions` and `request` decide; `function_arn`, `guards`, `refusing` and `jobs.aws.request_limits`
refuse; `manifest_source`, `plans` and `create` write.
"""
