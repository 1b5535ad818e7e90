// Settings of delivery: retries, deadlines, probes, replays and the end.

import { duration, durations, patience, whole } from "../kinds.ts";
import { setting } from "../setting.ts";

export const delivery = {
  retryDelays: setting(
    durations("1s", "30d", 50),
    "5s,5m,30m,2h,5h,10h,14h,20h,24h",
    "Delay before each retry of a delivery, give or take a fifth. After the last one it is exhausted. none: no retries.",
  ),
  timeoutButterflymx: setting(
    duration("1s", "2m"),
    "5s",
    "Deadline of one attempt for a ButterflyMX integration. A Butlr webhook names its own.",
  ),
  timeoutMax: setting(duration("1s", "2m"), "30s", "Longest deadline of one attempt, whatever its subscription says."),
  breakerFailures: setting(
    whole(1, 1000),
    "5",
    "After so many failures in a row a subscription is only probed, one attempt at a time, until one succeeds.",
  ),
  probeInterval: setting(
    duration("1s", "1d"),
    "30m",
    "Longest pause between two probes, give or take a fifth. The first pauses are the retry delays.",
  ),
  autoDisableAfter: setting(
    patience("1m", "3650d"),
    "5d",
    "A subscription is disabled when nothing has succeeded for so long and 20 attempts have failed since. 0: never.",
  ),
  replayRate: setting(whole(1, 10_000), "100", "Deliveries a second that a replay adds, unless it names its own pace."),
  replayRateMax: setting(whole(1, 10_000), "2000", "The most deliveries a second that a replay may add."),
  drainTime: setting(
    duration("0s", "10m"),
    "20s",
    "How long a stop waits for attempts in progress. Requests in progress come first and get half of it.",
  ),
};
