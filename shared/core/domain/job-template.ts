/**
 * Print options in IPP's attribute names and values, independent of the dialect [RFC 8011 5.2, PWG 5100.3, PWG
 * 5100.13]. Missing attributes use the printer's defaults.
 */
export interface JobTemplate {
  /** 1 to 9999 [RFC 8011 5.2.5] */
  copies?: number;
  sides?: 'one-sided' | 'two-sided-long-edge' | 'two-sided-short-edge';
  /** a media name from the printer's list: `iso_a4_210x297mm` or vendor-specific */
  media?: string;
  /** a tray from the printer's list, `media-source` of media-col [PWG 5100.3 3.13.9] */
  'media-source'?: string;
  /** 3 portrait, 4 landscape, 5 reverse landscape, 6 reverse portrait [RFC 8011 5.2.10] */
  'orientation-requested'?: 3 | 4 | 5 | 6;
  'print-color-mode'?: 'auto' | 'color' | 'monochrome';
  'print-scaling'?: 'auto' | 'auto-fit' | 'fill' | 'fit' | 'none';
  'multiple-document-handling'?: 'separate-documents-collated-copies' | 'separate-documents-uncollated-copies';
  /** 3 draft, 4 normal, 5 high */
  'print-quality'?: 3 | 4 | 5;
  /** 1-based, both ends included */
  'page-ranges'?: { from: number; to: number }[];
  /** 1 to 100, default 50 [RFC 8011 5.2.1] */
  'job-priority'?: number;
}
