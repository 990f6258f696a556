#!/usr/bin/env bash
# Expected: IpAddress with 0.0.0.0/0 matches every IPv4 caller, as ::/0 matches every IPv6 caller.
# What happens (@cloud-copilot/iam-simulate 0.1.173): ::/0 matches all, 0.0.0.0/1 half, 0.0.0.0/0 only the address
# 0.0.0.0 itself: JavaScript shifts by 32 bits as by none.
# Why it matters: 0.0.0.0/0 is the usual default of generated policies. The simulator reports an open policy as
# closed, and a NotIpAddress Deny with that default as a lock-out.
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
for (const [range, address] of [
  ['0.0.0.0/0', '203.0.113.7'], ['0.0.0.0/0', '0.0.0.0'], ['128.0.0.0/1', '203.0.113.7'], ['::/0', '2001:db8::7']
]) {
  const condition = { IpAddress: { 'aws:SourceIp': range } }
  const allow = [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: condition }]
  found.push(await simulate(allow, { 'aws:SourceIp': address }))
  console.log('Allow from', range, ' caller', address, ' ->', found.at(-1))
}
const recorded = ['ImplicitlyDenied', 'Allowed', 'Allowed', 'Allowed']
if (JSON.stringify(found) !== JSON.stringify(recorded)) {
  console.log('The behaviour has changed.')
  process.exit(1)
}
JAVASCRIPT
node main.mjs
