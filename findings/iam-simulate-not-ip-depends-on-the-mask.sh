#!/usr/bin/env bash
# Expected: 203.0.113.7 and 203.0.113.7/32 are the same in a condition: IAM reads an address without a mask as /32.
# What happens (@cloud-copilot/iam-simulate 0.1.173): Deny with NotIpAddress denies a caller by IPv6 when the address
# is written with /32 and not when it is written without. Other IPv4 callers are denied in both cases.
# Why it matters: 'Deny unless from our address' guards break-glass users. Its test depends on the spelling, and
# without a mask shows a gap for IPv6 that AWS does not have.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @cloud-copilot/iam-simulate@0.1.173
cat > main.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const folder = 'node_modules/@cloud-copilot/iam-simulate/package.json'
console.log('iam-simulate', JSON.parse(readFileSync(folder)).version)

async function simulate(statements, context, version = '2012-10-17') {
  const policy = version ? { Version: version, Statement: statements } : { Statement: statements }
  const answer = await runSimulation({
    request: {
      principal: 'arn:aws:iam::123456789012:user/ana',
      action: 's3:GetObject',
      resource: { resource: 'arn:aws:s3:::bucket/home/ana/file', accountId: '123456789012' },
      contextVariables: context
    },
    identityPolicies: [{ name: 'policy', policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }, {})
  return answer.overallResult ?? JSON.stringify(answer.errors)
}

const found = []
for (const address of ['203.0.113.7', '203.0.113.7/32']) {
  const condition = { NotIpAddress: { 'aws:SourceIp': address } }
  const statements = [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: '*', Resource: '*', Condition: condition }
  ]
  const results = []
  for (const caller of ['198.51.100.1', '2001:db8::1']) {
    results.push(await simulate(statements, { 'aws:SourceIp': caller }))
  }
  found.push(results)
  console.log('Deny unless from', address, ' caller 198.51.100.1:', results[0], ' caller 2001:db8::1:', results[1])
}
const recorded = [['ExplicitlyDenied', 'Allowed'], ['ExplicitlyDenied', 'ExplicitlyDenied']]
if (JSON.stringify(found) !== JSON.stringify(recorded)) {
  console.log('The behaviour has changed.')
  process.exit(1)
}
JAVASCRIPT
node main.mjs
