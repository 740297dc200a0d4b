// Pulls a report from the simulated Amazon with Amazon's own SDK for JavaScript, and prints what it saw as JSON.
//
//   SELLERWATCH_OTHER_CLIENT=/a/folder/with/node_modules node pull_with_amazons_sdk.mjs
//
// It takes the variables that `sellerwatch simulate --world wide` prints. The SDK is as it was published and is given the simulator as
// its base URL. Its own login knows no other host than Amazon's; it takes an access token instead, which is fetched here.

import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const require = createRequire(path.join(process.env.SELLERWATCH_OTHER_CLIENT, "script.cjs"));
const { DatakioskSpApi, ReportsSpApi } = await import(
  pathToFileURL(require.resolve("@amazon-sp-api-release/amazon-sp-api-sdk-js")).href
);

const URL_OF_AMAZON = process.env.SELLERWATCH_SP_API_URL;
const US = "ATVPDKIKX0DER";
const LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA";
const LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA";
const QUERY = `query { analytics_salesAndTraffic_2024_04_24 { salesAndTrafficByDate(
  aggregateBy: DAY, startDate: "2026-11-10", endDate: "2026-11-12", marketplaceIds: ["${US}"]
) { startDate sales { unitsOrdered } } } }`;
const ENDED = ["DONE", "CANCELLED", "FATAL"];

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

async function accessToken() {
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: process.env.WIDE01_LWA_APP_ID,
    client_secret: process.env.WIDE01_LWA_CLIENT_SECRET,
    refresh_token: process.env.WIDE01_REFRESH_TOKEN,
  });
  return (await (await fetch(`${URL_OF_AMAZON}/auth/o2/token`, { method: "POST", body })).json()).access_token;
}

function connected(api, token) {
  const client = new api.ApiClient(URL_OF_AMAZON);
  client.disableRateLimiter(); // it keeps to the published rates by itself, and so would never see a 429
  client.applyXAmzAccessTokenToRequest(token);
  return client;
}

async function ended(look) {
  for (;;) {
    const found = await look();
    if (ENDED.includes(found.processingStatus)) return found;
    await pause();
  }
}

async function pulled(reports) {
  const { reportId } = await reports.createReport({ reportType: LISTINGS, marketplaceIds: [US] });
  const report = await ended(() => reports.getReport(reportId));
  const { url, compressionAlgorithm } = await reports.getReportDocument(report.reportDocumentId);
  const packed = Buffer.from(await (await fetch(url)).arrayBuffer());
  const text = gunzipSync(packed).toString("latin1");
  return { type: report.reportType, status: report.processingStatus, compressionAlgorithm, lines: text.trim().split("\n").length };
}

async function queried(kiosk) {
  const { queryId } = await kiosk.createQuery({ query: QUERY });
  const query = await ended(() => kiosk.getQuery(queryId));
  const { documentUrl } = await kiosk.getDocument(query.dataDocumentId);
  return { status: query.processingStatus, lines: (await (await fetch(documentUrl)).text()).trim().split("\n").length };
}

async function untilThrottled(reports) {
  for (let made = 0; ; made += 1) {
    try {
      await reports.createReport({ reportType: LEDGER, marketplaceIds: [US] });
    } catch (error) {
      return { made, status: error.status, code: error.response.body.errors[0].code };
    }
  }
}

async function listed(reports) {
  const pages = [];
  let question = { reportTypes: [LEDGER], pageSize: 6, processingStatuses: ["IN_QUEUE", "IN_PROGRESS", "DONE", "FATAL"] };
  for (;;) {
    const page = await reports.getReports(question);
    pages.push(page.reports.length);
    if (!page.nextToken) return pages;
    question = { nextToken: page.nextToken };
  }
}

const token = await accessToken();
const reports = new ReportsSpApi.ReportsApi(connected(ReportsSpApi, token));
const kiosk = new DatakioskSpApi.QueriesApi(connected(DatakioskSpApi, token));
const result = { report: await pulled(reports), query: await queried(kiosk) };
console.log(JSON.stringify({ ...result, throttled: await untilThrottled(reports), pages: await listed(reports) }, null, 2));
