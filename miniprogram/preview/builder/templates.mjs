// Compiles WXML with glass-easel's template compiler; what it only warns of counts as an error.
import { createRequire } from 'node:module'
import tags from '../runtime/tags.json' with { type: 'json' }
import { read } from './project.mjs'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')
const OF_THE_LANGUAGE = ['block', 'slot']

/**
 * What a template listens to: `A=A||{"t":new Array(7),"busy":new Array(3)}`. The compiler keeps it in
 * a hash map and writes it in another order now and then, so the members are sorted here: the same
 * sources must build the same bytes. For the same reason each template has a group of its own.
 */
const LISTENED = /([A-Z])=\1\|\|\{((?:"[^"]*":new Array\(\d+\),?)*)\}/g

const settled = (code) =>
  code.replace(LISTENED, (_, name, members) => `${name}=${name}||{${members.split(',').sort().join(',')}}`)

/** Answers {groups: source text, problems}. */
export function templates(components) {
  const groups = []
  const problems = components.flatMap(({ path, json }) => {
    const group = new TmplGroup()
    const text = read(`${path}.wxml`)
    const found = (group.addTmpl(path, text) ?? []).map(
      (one) => `${one.path}.wxml:${one.startLine + 1}:${one.startColumn + 1} ${one.message}`,
    )
    const known = [...tags, ...OF_THE_LANGUAGE, ...Object.keys(json.usingComponents)]
    for (const [, tag] of text.matchAll(/<([a-z][\w-]*)/g)) {
      if (!known.includes(tag)) found.push(`${path}.wxml: <${tag}> is nobody's`)
    }
    groups.push(settled(group.getTmplGenObjectGroups()))
    return found
  })
  return { groups: `Object.assign({}, ${groups.join(',\n')})`, problems }
}
