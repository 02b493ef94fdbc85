/**
 * List prices of us-east-1 in dollars, without free tiers and discounts, as they were in 2025; compare them with the
 * pages that are named before a decision hangs on them. What AWS meters differs by service:
 * https://aws.amazon.com/iot-core/pricing/additional-details/ counts a message to a device twice (the request that
 * publishes it, and its delivery), and a device's acknowledgement of QoS 1 as one more.
 */
export const prices = {
  /** https://aws.amazon.com/api-gateway/pricing/ HTTP APIs, a request of up to 512 KB */
  httpRequest: 1.0 / 1e6,
  /** https://aws.amazon.com/lambda/pricing/ */
  invocation: 0.2 / 1e6,
  gigabyteSecondArm: 0.0000133334,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  /** https://aws.amazon.com/s3/pricing/ S3 Standard */
  s3Put: 0.005 / 1e3,
  s3Get: 0.0004 / 1e3,
  /** https://aws.amazon.com/sqs/pricing/ standard queues */
  queueRequest: 0.4 / 1e6,
  /** https://aws.amazon.com/iot-core/pricing/ up to 5 KB each */
  iotMessage: 1.0 / 1e6,
  iotRule: 0.15 / 1e6,
  iotAction: 0.15 / 1e6,
  /** https://aws.amazon.com/ec2/pricing/on-demand/ data transfer out to the internet, the first 10 TB */
  gigabyteOut: 0.09,
};

/**
 * What a call of a warm function is taken to last; nothing here can measure it. `print`: reads 5, the document's put 25,
 * three writes 15, the look at who else waits 5, the ring 13, and 16 of its own work, which takes 7 ms of a whole core
 * where 768 MB have 0.43 of one [AWS Lambda, "Configure memory": 1769 MB have one].
 */
export const assumedMilliseconds = { print: 79, offer: 30, 'relay-events': 25, upload: 80 } as const;
