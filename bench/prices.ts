/**
 * List prices of us-east-1 in dollars, without free tiers and discounts, as of 2025. Check the linked pages before you
 * base a decision on them. AWS IoT counts a message to a device twice (the publish request and the delivery), and a
 * device's QoS 1 acknowledgement as one more [https://aws.amazon.com/iot-core/pricing/additional-details/].
 */
export const prices = {
  /** https://aws.amazon.com/api-gateway/pricing/ HTTP APIs, a request of up to 512 KB */
  httpRequest: 1.0 / 1e6,
  /** https://aws.amazon.com/lambda/pricing/ */
  invocation: 0.2 / 1e6,
  gigabyteSecondArm: 0.0000133334,
  gigabyteSecondX86: 0.0000166667,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  tableGigabyteMonth: 0.25,
  /** point-in-time recovery */
  backupGigabyteMonth: 0.2,
  /** https://aws.amazon.com/s3/pricing/ S3 Standard */
  s3Put: 0.005 / 1e3,
  s3Get: 0.0004 / 1e3,
  s3GigabyteMonth: 0.023,
  /** https://aws.amazon.com/sqs/pricing/ standard queues */
  queueRequest: 0.4 / 1e6,
  /** https://aws.amazon.com/iot-core/pricing/ up to 5 KB each */
  iotMessage: 1.0 / 1e6,
  iotRule: 0.15 / 1e6,
  iotAction: 0.15 / 1e6,
  /** a minute of a connection */
  iotMinute: 0.08 / 1e6,
  /** https://aws.amazon.com/cloudwatch/pricing/ an alarm is billed for each metric of its expression */
  alarmMetric: 0.1,
  dashboard: 3,
  customMetric: 0.3,
  logGigabyte: 0.5,
  logGigabyteMonth: 0.03,
  /** https://aws.amazon.com/kms/pricing/ */
  keyMonth: 1,
  keyRequest: 0.03 / 1e4,
  /** https://aws.amazon.com/ec2/pricing/on-demand/ data transfer out to the internet, the first 10 TB */
  gigabyteOut: 0.09,
};

/**
 * Assumed durations of warm invocations, which cannot be measured here. `print`: reads 5, the document 25, three writes
 * 15, the query of the printer's order 5, the publish 13, and 16 of computation: 7 ms of a full core, of which 768 MB
 * have 0.43 [AWS Lambda, "Configure memory": 1769 MB have one].
 */
export const assumedMilliseconds = {
  print: 79,
  offer: 30,
  'relay-events': 25,
  upload: 80,
  events: 25,
  // a receiver that answers in 100 ms
  notify: 125,
} as const;

/** Memory of a function that has a whole core [AWS Lambda, "Configure memory"]. */
export const megabytesOfCore = 1769;

/** What else is assumed. */
export const assumed = {
  statusMilliseconds: 20,
  /** a read of a table while a request waits */
  readMilliseconds: 5,
  /** of a document, a thousand in one request */
  deletionMilliseconds: 1,
  /** of a core, warm [measured with the bundle of `prepare`] */
  prepareCoreMilliseconds: 50,
  /** warm, with the start of the next browser [measured with the bundle of `render`] */
  pages: [
    { name: 'one that waits', seconds: 1.5, coreSeconds: 0.3 },
    { name: 'one that waits', seconds: 3, coreSeconds: 0.3 },
    { name: 'one that waits', seconds: 8, coreSeconds: 0.3 },
    { name: 'an invoice', seconds: 0.2, coreSeconds: 0.2 },
    { name: 'a table of 50 pages', seconds: 1.1, coreSeconds: 1.1 },
  ],
  /** ten messages side by side */
  batchMilliseconds: 60,
  coldShare: 0.01,
  coldMilliseconds: 400,
  /** of API Gateway's access log, with what CloudWatch adds to a line */
  accessLineOctets: 400,
  /** counted by functions and by filters of logs */
  customMetrics: 21,
  /** of an empty queue by Lambda: five long polls at a time, 20 seconds each */
  queuePollsMonth: (5 * 30 * 24 * 3600) / 20,
  /** [AWS IoT Core endpoints and quotas] */
  connectsPerSecond: 500,
  connectionsAtMost: 500_000,
} as const;
