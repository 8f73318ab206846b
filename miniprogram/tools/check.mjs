// Runs every check that needs no running program; exits 1 when one finds something.
import { bindings } from './checks/bindings.mjs'
import { boundary } from './checks/boundary.mjs'
import { compilers } from './checks/compilers.mjs'
import { fresh } from './checks/fresh.mjs'
import { size } from './checks/size.mjs'
import { types } from './checks/types.mjs'

const CHECKS = { types, bindings, compilers, boundary, size, fresh }

for (const [name, check] of Object.entries(CHECKS)) {
  const { problems, fact } = await check()
  for (const problem of problems) console.error(`${name}: ${problem}`)
  if (problems.length) process.exitCode = 1
  else console.log(`ok  ${name}: ${fact}`)
}
