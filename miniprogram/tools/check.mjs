// Runs every check that needs no running program; exits 1 when one finds something.
import { boundary } from './checks/boundary.mjs'
import { size } from './checks/size.mjs'
import { types } from './checks/types.mjs'

const CHECKS = { types, boundary, size }

for (const [name, check] of Object.entries(CHECKS)) {
  const { problems, fact } = await check()
  for (const problem of problems) console.error(`${name}: ${problem}`)
  if (problems.length) process.exitCode = 1
  else console.log(`ok  ${name}: ${fact}`)
}
