import type { RenderRequest } from '../../shared/adapters/convert/page/render-request.ts';
import { parsePageRanges } from '../../shared/adapters/convert/pdf/page-ranges.ts';

/**
 * Pages that cover the renderer's effects on paper. Small sheets keep the images small, and variable content (dates,
 * addresses) is fixed.
 */
type ReferencePage = Partial<RenderRequest> & { html: string; baseUrl?: string };

const a4 = { width: 210, height: 297 };
const a5 = { width: 148, height: 210 };
const a6 = { width: 105, height: 148 };
const label = { width: 74, height: 52 };
const now = new Date('2026-01-02T15:04:05Z');
const margins = { top: 18, right: 12, bottom: 18, left: 12 };
const lorem = 'Rows of words fill the measure as printed text does, and break where their widths say so. ';

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `<p class="page">${index + 1}</p>`).join('') +
  '<style>.page{font:60px Arial;text-align:center;margin:20mm 0 0;break-after:page} .page:last-of-type{break-after:auto}</style>';

const invoiceLines = [
  ['Labels, 100 × 150 mm, roll of 500', '12', '8.40', '100.80'],
  ['Ribbon, resin, 110 mm', '4', '11.25', '45.00'],
  ['Service on site, per hour', '2.5', '96.00', '240.00'],
];

const longTable = Array.from(
  { length: 75 },
  (_, row) => `<tr><td>${row + 1}<td>Article ${1000 + row * 7}<td>${((row * 37) % 100) + 0.5}0`,
).join('');

const ruler = (unit: string, length: number) =>
  `<div style="width:${length}${unit};background:#000;height:3mm;margin-bottom:1mm"></div><p>${length} ${unit}</p>`;

const backgrounds = `<style>body{margin:0;font:16px Arial} p{background:#000;color:#fff;padding:4mm} div{background:linear-gradient(90deg,#c00,#06c);height:12mm}</style>
  <p>white on black</p><div></div><span style="background:#ff0;print-color-adjust:exact">exact anyway</span>`;

export const referencePages: Record<string, ReferencePage> = {
  'headers-and-footers': {
    paper: a5,
    margins,
    baseUrl: 'http://reports.example/quarter?year=2026',
    html: `<title>Quarter &amp; year</title><h1>Two pages</h1>${lorem.repeat(30)}`,
    headersAndFooters: {
      header: { kind: 'codes', line: '&w&bPage &p of &P&b&d, &D' },
      footer: { kind: 'codes', line: '&u&bR&&D&b&t or &T' },
      font: 'font-family:Times New Roman;font-size:8pt;color:#036',
      locale: 'de-DE',
      now,
    },
  },
  'first-page-only': {
    paper: a6,
    margins,
    html: lorem.repeat(22),
    headersAndFooters: {
      allPagesHeader: { html: '<div style="border-bottom:1px solid">every other page: &p of &P</div>', height: 8 },
      allPagesFooter: { html: '<div style="text-align:right">every page</div>', height: 6 },
      firstPageHeader: {
        html: '<div style="background:#036;color:#fff;padding:4mm;font-size:14pt">First</div>',
        height: 0,
      },
      extraFirstPageFooter: { html: '<div style="border:1px solid #c00">only the first foot</div>', height: 8 },
      now,
    },
  },
  'margins-and-units': {
    paper: a5,
    margins: { top: 12.7, right: 25.4, bottom: 38.1, left: 6.35 },
    backgrounds: true,
    html: `<style>html{height:159.2mm;box-sizing:border-box;border:1px solid #c00} body{margin:0} p{margin:0 0 2mm;font:10pt Arial}</style>
      ${ruler('mm', 100)}${ruler('in', 2)}${ruler('pt', 72)}${ruler('px', 96)}${ruler('cm', 5)}`,
  },
  landscape: {
    paper: { width: a5.height, height: a5.width },
    margins,
    html: `<h1 style="border:2px solid">Wider than tall</h1><p style="columns:3">${lorem.repeat(14)}`,
  },
  'fit-width': {
    paper: a5,
    margins,
    scale: 'fit-width',
    html: `<style>table{width:1400px;border-collapse:collapse;font:24px Arial} td{border:2px solid}</style><table><tr>${[
      1, 2, 3, 4, 5, 6,
    ]
      .map(column => `<td>column ${column}`)
      .join('')}</table>`,
  },
  'backgrounds-off': { paper: label, margins: { top: 4, right: 4, bottom: 4, left: 4 }, html: backgrounds },
  'backgrounds-on': {
    paper: label,
    margins: { top: 4, right: 4, bottom: 4, left: 4 },
    backgrounds: true,
    html: backgrounds,
  },
  scripts: {
    paper: a5,
    margins,
    html: `<body style="font:18px Arial"><p>Grüße, Ægir, Łódź, Ωμέγα, Москва</p><p lang="zh-CN">简体中文：请求书</p><p lang="zh-TW">繁體中文：請求書</p>
      <p lang="ja">日本語：納品書、カタカナ</p><p lang="ko">한국어: 청구서</p><p>ไทย: ใบแจ้งหนี้ กรุงเทพฯ</p><p dir="rtl">العربية: فاتورة رقم ١٢٣</p>
      <p dir="rtl">עברית: חשבונית</p><p>हिन्दी: चालान</p><p style="font-size:28px">😀 🇩🇪 👨‍👩‍👧 ✈️ ❤️</p><p>☐ ☑ ✓ ✗ € £ ₹</p><p><b>Bold 漢字 ภาษา</b> <i>italic</i> <code>code 0O1l</code></p>`,
  },
  'page-ranges': {
    paper: a6,
    margins,
    html: numbered(8),
    pageRanges: parsePageRanges('2,4-7'),
    pagePass: 'even',
    headersAndFooters: { header: { kind: 'codes', line: '&bsheet &p of &P' }, now },
  },
  invoice: {
    paper: a4,
    margins: { top: 20, right: 20, bottom: 20, left: 25 },
    backgrounds: true,
    html: `<style>body{font:11pt Arial;margin:0} table{width:100%;border-collapse:collapse;margin-top:12mm} th{background:#036;color:#fff;text-align:left}
      th,td{padding:2mm;border-bottom:1px solid #bbb} :is(th,td):nth-child(n+2){text-align:right} tfoot td{font-weight:bold;border:0} header{display:flex;justify-content:space-between}</style>
      <header><svg width="40mm" height="14mm"><rect width="100%" height="100%" rx="8" fill="#036"/><text x="20" y="36" fill="#fff" font-size="26" font-family="Arial">Example</text></svg>
      <address>Example Ltd<br>1 Long Road<br>London</address></header><h1>Invoice 4711</h1><p>2 January 2026 · due within 30 days</p>
      <table><thead><tr><th>Article<th>Quantity<th>Each<th>Total</thead>${invoiceLines.map(line => `<tr><td>${line.join('<td>')}`).join('')}
      <tfoot><tr><td>Total<td><td><td>£385.80</tfoot></table>`,
  },
  'long-table': {
    paper: a5,
    margins,
    html: `<style>table{width:100%;border-collapse:collapse;font:9pt Arial} th,td{border:1px solid #888;padding:1mm 2mm;text-align:left} tr{break-inside:avoid}</style>
      <table><thead><tr><th>Row<th>Article<th>Price</thead>${longTable}</table>`,
    headersAndFooters: { footer: { kind: 'codes', line: '&b&p/&P' }, now },
  },
};
