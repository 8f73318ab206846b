import type { ComponentSpace } from 'glass-easel-miniprogram-adapter'
import { resolved } from '../wx/files'
import { attribute, define, FLAG, TEXT, type Built } from './define'

/** view, text, scroll-view, image, page-meta: what a page is laid out with. */
export function boxes(space: ComponentSpace): void {
  define(space, 'view', {})
  define(space, 'text', { properties: { userSelect: FLAG } })
  define(space, 'scroll-view', { properties: { scrollX: FLAG, scrollY: FLAG }, draw: drawScroll })
  define(space, 'page-meta', { properties: { rootFontSize: TEXT }, draw: drawMeta })
  define(space, 'image', {
    properties: { src: TEXT, mode: { type: String, value: 'scaleToFill' } },
    draw: drawImage,
  })
}

function drawScroll({ $$, data }: Built): void {
  $$.style.overflowX = data.scrollX ? 'auto' : 'hidden'
  $$.style.overflowY = data.scrollY ? 'auto' : 'hidden'
}

/** `system`: text grows with WeChat's font size setting. */
function drawMeta({ $$, data }: Built): void {
  const page = $$.closest<HTMLElement>('wx-page')
  page?.toggleAttribute('data-system-font', data.rootFontSize === 'system')
}

function drawImage(self: Built): void {
  const element = self.$$
  let image = element.querySelector('img')
  if (!image) {
    image = document.createElement('img')
    image.alt = ''
    image.addEventListener('error', () => self.triggerEvent('error', { errMsg: 'not loaded' }))
    image.addEventListener('load', () => self.triggerEvent('load', {}))
    element.appendChild(image)
  }
  const source = resolved(self.data.src)
  if (image.getAttribute('src') !== source) attribute(image, 'src', source)
  attribute(element, 'mode', self.data.mode)
}
