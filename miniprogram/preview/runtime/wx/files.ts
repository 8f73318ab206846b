/** Temporary files of the phone: path → content. */
const files = new Map<string, { blob: Blob; url: string }>()

export function addFile(blob: Blob): string {
  const path = `wxfile://tmp_${crypto.randomUUID()}.${blob.type.split('/')[1] ?? 'png'}`
  files.set(path, { blob, url: URL.createObjectURL(blob) })
  return path
}

export const fileAt = (path: string): Blob | undefined => files.get(path)?.blob

/** Answers what a browser can show for an image's src. */
export const resolved = (src: string): string => files.get(src)?.url ?? src
