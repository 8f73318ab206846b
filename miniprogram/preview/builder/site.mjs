// Builds the whole preview in memory: file name → content.
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { inWorkshop } from '../../tools/places.mjs'
import { notices } from './notices.mjs'
import { project, ROOT } from './project.mjs'
import { styles } from './styles.mjs'
import { templates } from './templates.mjs'

const AS_THEY_ARE = ['index.html', 'desk.css', 'preview-config.js']

/** Raises an Error that lists every problem. */
export async function site() {
  const { app, theme, components, problems } = project()
  const { groups, problems: more } = templates(components)
  if (problems.length + more.length) throw new Error([...problems, ...more].join('\n'))
  const css = styles(components)
  const page = (file) => readFileSync(inWorkshop(`preview/page/${file}`), 'utf8')
  const { script, inputs } = await bundle(entry(app, theme, components, groups))
  return new Map([
    ...AS_THEY_ARE.map((file) => [file, page(file)]),
    ['phone.css', `${page('phone.css')}\n/* The mini-program's own styles, built from its WXSS. */\n${css}\n`],
    ['preview.js', script],
    ['NOTICES.txt', notices(inputs)],
  ])
}

function entry(app, theme, components, groups) {
  const text = JSON.stringify
  const settings = Object.fromEntries(components.map(({ path, json }) => [path, json]))
  const code = components.map(
    ({ path, json, scope }) =>
      `{ path: ${text(path)}, json: ${text(json)}, scope: ${text(scope)}, ` +
      `load: () => require(${text(`${ROOT}/${path}.ts`)}) }`,
  )
  return `
import { boot } from ${text(inWorkshop('preview/runtime/boot.ts'))}
boot({
  site: ${text({ pages: app.pages, window: app.window, settings })},
  theme: ${text(theme)},
  groups: ${groups},
  components: [${code.join(',\n')}],
  loadApp: () => require(${text(`${ROOT}/app.ts`)}),
})`
}

async function bundle(contents) {
  const result = await build({
    stdin: { contents, resolveDir: inWorkshop('preview'), sourcefile: 'entry.js' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: '/* Contains glass-easel and its adapter (MIT). See NOTICES.txt. */' },
    define: { 'process.env.NODE_ENV': '"production"' },
    // Paths in messages and module names must not depend on where this was built.
    absWorkingDir: inWorkshop('.'),
    logLevel: 'warning',
  })
  if (result.warnings.length) throw new Error(result.warnings.map(({ text }) => text).join('\n'))
  return { script: result.outputFiles[0].text, inputs: result.metafile.inputs }
}
