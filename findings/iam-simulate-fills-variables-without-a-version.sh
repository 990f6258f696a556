#!/usr/bin/env bash
# Expected: a policy without a Version (or with 2008-10-17) has no policy variables: IAM takes ${aws:username}
# literally, so its resource matches nothing.
# What happens (@cloud-copilot/iam-simulate 0.1.173): the variable is filled in whatever the Version says, also when
# there is none, and the policy's validation reports nothing.
# Why it matters: a forgotten Version is the classic mistake of generated policies. The simulator shows such an Allow,
# or such a Deny, in force; on AWS it does nothing.
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

const own = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/home/${aws:username}/*' }]
const found = []
for (const version of ['2012-10-17', '2008-10-17', null]) {
  found.push(await simulate(own, { 'aws:username': 'ana' }, version))
  console.log('Version', version, ' own folder by ${aws:username} ->', found.at(-1))
}
const recorded = ['Allowed', 'Allowed', 'Allowed']
if (JSON.stringify(found) !== JSON.stringify(recorded)) {
  console.log('The behaviour has changed.')
  process.exit(1)
}
JAVASCRIPT
node main.mjs
