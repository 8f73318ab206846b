// Collects the licences of what is inside the built script.
import { readFileSync } from 'node:fs'
import { inWorkshop } from '../../tools/places.mjs'

/** Answers the text of NOTICES.txt for the packages among esbuild's inputs. */
export function notices(inputs) {
  const names = new Set()
  for (const file of Object.keys(inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
    if (name) names.add(name)
  }
  const texts = [...names].sort().map((name) => {
    const folder = inWorkshop(`node_modules/${name}`)
    const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/LICENSE`, 'utf8').trim()}\n`
  })
  return `preview.js contains the following software.\n\n${texts.join('\n\n')}`
}
