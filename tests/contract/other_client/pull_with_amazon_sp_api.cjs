// Pulls reports from the simulated Amazon with amazon-sp-api, the JavaScript client, and prints what it saw as JSON.
//
//   SELLERWATCH_OTHER_CLIENT=/a/folder/with/node_modules node pull_with_amazon_sp_api.cjs
//
// It takes the variables that `sellerwatch simulate` prints (SELLERWATCH_SP_API_URL, WIDE01_LWA_APP_ID, WIDE01_LWA_CLIENT_SECRET,
// WIDE01_REFRESH_TOKEN). The client is as it was published. It knows no other hosts than Amazon's, so it is pointed at the
// simulator by the one option it has for that, the agent which opens its connections: ours opens them to the simulator.
"use strict";

const { createRequire } = require("node:module");
const https = require("node:https");
const net = require("node:net");
const path = require("node:path");

const { SellingPartner } = createRequire(path.join(process.env.SELLERWATCH_OTHER_CLIENT, "script.cjs"))("amazon-sp-api");

const US = "ATVPDKIKX0DER";
const TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT";
const LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA";
const LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA";
const QUERY = `query { analytics_salesAndTraffic_2024_04_24 { salesAndTrafficByDate(
  aggregateBy: DAY, startDate: "2026-11-10", endDate: "2026-11-12", marketplaceIds: ["${US}"]
) { startDate sales { unitsOrdered } } } }`;
const REAL_SECONDS_BETWEEN_LOOKS = 0.05;

// The client's own answer to 429 is to wait and ask again, as often as it takes. It would wait the minute that createReport takes
// to have a token again; on a clock sixty times as fast that is a second, so it is told to ask more often.
const PATIENCE = { restore_rate: 0.1 };

class ToTheSimulator extends https.Agent {
  createConnection() {
    const { hostname, port } = new URL(process.env.SELLERWATCH_SP_API_URL);
    return net.connect(Number(port), hostname);
  }
}

function client(options = {}) {
  return new SellingPartner({
    region: "na",
    refresh_token: process.env.WIDE01_REFRESH_TOKEN,
    credentials: {
      SELLING_PARTNER_APP_CLIENT_ID: process.env.WIDE01_LWA_APP_ID,
      SELLING_PARTNER_APP_CLIENT_SECRET: process.env.WIDE01_LWA_CLIENT_SECRET,
    },
    options: { https_proxy_agent: new ToTheSimulator(), ...options },
  });
}

const pause = () => new Promise((resolve) => setTimeout(resolve, REAL_SECONDS_BETWEEN_LOOKS * 1000));

async function create(amazon, reportType, body = {}, options = {}) {
  const order = { reportType, marketplaceIds: [US], ...body };
  return (await amazon.callAPI({ operation: "createReport", endpoint: "reports", body: order, options })).reportId;
}

async function finished(amazon, reportId) {
  const seen = [];
  for (;;) {
    const report = await amazon.callAPI({ operation: "getReport", endpoint: "reports", path: { reportId } });
    if (seen.at(-1) !== report.processingStatus) seen.push(report.processingStatus);
    if (["DONE", "CANCELLED", "FATAL"].includes(report.processingStatus)) return { report, seen };
    await pause();
  }
}

async function pulled(amazon, reportType, body, how) {
  const { report, seen } = await finished(amazon, await create(amazon, reportType, body));
  const path = { reportDocumentId: report.reportDocumentId };
  const described = await amazon.callAPI({ operation: "getReportDocument", endpoint: "reports", path });
  return { seen, compressed: described.compressionAlgorithm, content: await amazon.download(described, how) };
}

async function traffic(amazon) {
  const day = { dataStartTime: "2026-11-14T00:00:00Z", dataEndTime: "2026-11-14T00:00:00Z" };
  const options = { reportOptions: { dateGranularity: "DAY", asinGranularity: "CHILD" } };
  const { seen, compressed, content } = await pulled(amazon, TRAFFIC, { ...day, ...options }, {});
  const document = JSON.parse(content);
  return { seen, compressed, days: document.salesAndTrafficByDate.length, products: document.salesAndTrafficByAsin.length };
}

async function listings(amazon) {
  const { seen, compressed, content } = await pulled(amazon, LISTINGS, {}, { json: true, charset: "cp1252" });
  return { seen, compressed, rows: content.length, first: content[0]["seller-sku"] };
}

async function query(amazon) {
  const { queryId } = await amazon.callAPI({ operation: "createQuery", endpoint: "dataKiosk", body: { query: QUERY } });
  for (;;) {
    const found = await amazon.callAPI({ operation: "getQuery", endpoint: "dataKiosk", path: { queryId } });
    if (found.processingStatus === "DONE") {
      const path = { documentId: found.dataDocumentId };
      const { documentUrl } = await amazon.callAPI({ operation: "getDocument", endpoint: "dataKiosk", path });
      const answer = await fetch(documentUrl);
      return { lines: (await answer.text()).trim().split("\n").length };
    }
    await pause();
  }
}

async function listed(amazon) {
  const pages = [];
  let query = { reportTypes: [LEDGER], pageSize: 2 };
  for (;;) {
    const page = await amazon.callAPI({ operation: "getReports", endpoint: "reports", query });
    pages.push(page.reports.length);
    if (!page.nextToken) return pages;
    query = { nextToken: page.nextToken };
  }
}

async function untilThrottled(amazon) {
  const reportIds = [];
  for (;;) {
    try {
      reportIds.push(await create(amazon, LEDGER));
    } catch (error) {
      return { reportIds, refusal: { code: error.code, message: error.message } };
    }
  }
}

async function cancelled(amazon, reportId) {
  const answer = await amazon.callAPI({
    operation: "cancelReport",
    endpoint: "reports",
    path: { reportId },
    options: { raw_result: true },
  });
  return { status: answer.statusCode, ...(await finished(amazon, reportId)) };
}

async function refused(action) {
  try {
    await action();
    return "nothing was refused";
  } catch (error) {
    return error.code;
  }
}

async function main() {
  const amazon = client();
  const result = { traffic: await traffic(amazon), listings: await listings(amazon), query: await query(amazon) };
  const impatient = client({ auto_request_throttled: false });
  const { reportIds, refusal } = await untilThrottled(impatient);
  const began = performance.now();
  const waitedFor = await create(amazon, LEDGER, {}, PATIENCE);
  const { status, report } = await cancelled(amazon, waitedFor);
  Object.assign(result, {
    throttled: { after: reportIds.length, refusal, real_seconds: (performance.now() - began) / 1000 },
    cancelled: { status, ended: report.processingStatus },
    pages: await listed(amazon),
    refusals: {
      unknown_type: await refused(() => create(amazon, "GET_NOTHING", {}, PATIENCE)),
      unknown_report: await refused(() => finished(amazon, "1")),
    },
  });
  console.log(JSON.stringify(result, null, 2));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
