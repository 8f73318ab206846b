// Reads a mini-program's app.json, and from there every page and component it uses.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inWorkshop } from '../../tools/places.mjs'

export const ROOT = inWorkshop('app')

export const read = (file) => readFileSync(path.join(ROOT, file), 'utf8')
export const exists = (file) => existsSync(path.join(ROOT, file))
const json = (file) => (exists(file) ? JSON.parse(read(file)) : {})

/** Answers {app, theme, components: [{path, page, json}], problems}. */
export function project() {
  const app = json('app.json')
  const problems = []
  const components = new Map()
  const visit = (file, page) => {
    if (components.has(file)) return
    const missing = ['.wxml', '.ts', '.json'].filter((kind) => !exists(file + kind))
    for (const kind of missing) problems.push(`${file}${kind} is missing`)
    if (missing.length) return
    const own = json(`${file}.json`)
    const used = page ? { ...app.usingComponents, ...own.usingComponents } : (own.usingComponents ?? {})
    const absolute = Object.fromEntries(
      Object.entries(used).map(([tag, to]) => [tag, `/${target(file, to)}`]),
    )
    components.set(file, { path: file, page, json: { ...own, usingComponents: absolute } })
    for (const to of Object.values(absolute)) visit(to.slice(1), false)
  }
  for (const page of app.pages) visit(page, true)
  return { app, theme: json(app.themeLocation), components: [...components.values()], problems }
}

const target = (from, to) =>
  to.startsWith('/') ? to.slice(1) : path.posix.join(path.posix.dirname(from), to)
