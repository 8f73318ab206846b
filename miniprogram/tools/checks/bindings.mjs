import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import ts from 'typescript'
import { project, ROOT } from '../../preview/builder/project.mjs'
import { inWorkshop } from '../places.mjs'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')

const HANDLER = /\b(?:capture-)?(?:mut-bind|bind|catch):?[\w-]+="([^"{}]+)"/g
/** What a property of a component may be declared as. */
const PROPERTY = { String: 'string', Number: 'number', Boolean: 'boolean' }

/** Every {{ }} and every handler named in WXML, against the types of the page or component. */
export function bindings() {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(inWorkshop('tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    inWorkshop('.'),
  )
  const { components } = project()
  const sources = components.map(({ path: file }) => `${ROOT}/${file}.ts`)
  const program = ts.createProgram(sources, options)
  const problems = []
  const checked = new Map()
  for (const { path: file } of components) {
    const source = program.getSourceFile(`${ROOT}/${file}.ts`)
    const wxml = readFileSync(`${ROOT}/${file}.wxml`, 'utf8')
    const shape = definition(source, program.getTypeChecker())
    for (const { 1: name, index } of wxml.matchAll(HANDLER)) {
      if (shape.handlers.has(name)) continue
      problems.push(`${file}.wxml:${line(wxml, index)} nobody defines ${name}`)
    }
    const group = new TmplGroup()
    for (const one of group.addTmpl(file, wxml) ?? []) {
      problems.push(`${file}.wxml:${one.startLine + 1} ${one.message}`)
    }
    const converted = group.getTmplConvertedExpr(file, prelude(source, shape.data))
    checked.set(`${ROOT}/${file}.wxml.ts`, { file, converted })
  }
  problems.push(...diagnosed(checked, options))
  return { problems, fact: `${components.length} WXML against their types` }
}

const line = (text, index) => text.slice(0, index).split('\n').length

/** Answers the type of `data`, as text, and the names that handlers may have. */
function definition(source, checker) {
  let call
  const find = (node) => {
    if (ts.isCallExpression(node) && /^(Page|Component)$/.test(node.expression.getText())) call ??= node
    ts.forEachChild(node, find)
  }
  find(source)
  const [object] = call.arguments
  const member = (of, name) => of?.properties?.find((one) => one.name?.getText() === name)
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope
  const own = member(object, 'data')
  const type = own && checker.getWidenedType(checker.getTypeAtLocation(own.initializer))
  const properties = (member(object, 'properties')?.initializer.properties ?? []).map((one) => {
    const declared = member(one.initializer, 'type')?.initializer ?? one.initializer
    return `${one.name.getText()}: ${PROPERTY[declared.getText()] ?? 'any'}`
  })
  const methods = member(object, 'methods')?.initializer.properties ?? []
  return {
    data: `${type ? checker.typeToString(type, undefined, flags) : '{}'} & { ${properties.join('; ')} }`,
    handlers: new Set([...object.properties, ...methods].map((one) => one.name?.getText())),
  }
}

/** The types that the page's own code sees, then what its template sees. */
function prelude(source, data) {
  const kept = source.statements.filter(
    (one) =>
      ts.isImportDeclaration(one) || ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one),
  )
  return `${kept.map((one) => one.getText()).join('\n')}
export default {}
declare const methods: any
declare const data: ${data}
declare const tags: { [name: string]: any }`
}

function diagnosed(checked, options) {
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists, getSourceFile } = host
  const code = (file) => checked.get(file)?.converted.code()
  host.readFile = (file) => code(file) ?? readFile(file)
  host.fileExists = (file) => checked.has(file) || fileExists(file)
  host.getSourceFile = (file, version, ...rest) =>
    checked.has(file)
      ? ts.createSourceFile(file, code(file), version)
      : getSourceFile.call(host, file, version, ...rest)
  const loose = { ...options, noUnusedLocals: false, noImplicitAny: false, isolatedModules: false }
  const program = ts.createProgram([...checked.keys()], loose, host)
  return [...checked].flatMap(([name, { file, converted }]) => {
    const source = program.getSourceFile(name)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(({ start, length, messageText }) => {
      const from = source.getLineAndCharacterOfPosition(start)
      const to = source.getLineAndCharacterOfPosition(start + length)
      const place = converted.getSourceLocation(from.line, from.character, to.line, to.character)
      const where = place ? `${place[0] + 1}:${place[1] + 1}` : '?'
      return `${path.posix.normalize(file)}.wxml:${where} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}
