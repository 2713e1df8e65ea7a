# Reference values from R survival 3.5-3 (R 4.2.2, jsonlite 1.8.4). See README.md. Reads the cases that stats.py wrote.
library(survival)
library(jsonlite)

arguments <- commandArgs(FALSE)
here <- dirname(sub("^--file=", "", grep("^--file=", arguments, value = TRUE)))
read <- function(name) fromJSON(file.path(here, "stats", name), simplifyVector = FALSE)
numbers <- function(values) as.numeric(unlist(values))
known <- function(value) if (is.na(value)) NULL else unname(value)

fit_case <- function(case, level) {
  data <- data.frame(time = numbers(case$durations), restored = numbers(case$restored))
  data$weight <- if (is.null(case$weights)) 1 else numbers(case$weights)
  data <- data[data$weight > 0, ]
  survfit(Surv(time, restored) ~ 1, data, weights = weight, robust = FALSE, conf.type = "log-log", conf.int = level)
}

# The median as R prints it differs from quantile() for a curve that ends flat at one half.
survival_case <- function(case, level) {
  fit <- fit_case(case, level)
  q <- quantile(fit, c(0.5, 0.9))
  steps <- lapply(which(fit$n.event > 0), function(i) list(
    time = fit$time[i], at_risk = fit$n.risk[i], events = fit$n.event[i], survival = fit$surv[i],
    lower = known(fit$lower[i]), upper = known(fit$upper[i])))
  at <- function(i) list(value = known(q$quantile[i]), lower = known(q$lower[i]), upper = known(q$upper[i]))
  list(name = case$name, level = level, steps = steps, median = at(1), p90 = at(2),
       printed_median = known(summary(fit)$table["median"]))
}

log_rank_case <- function(case) {
  sizes <- sapply(case$groups, function(group) length(group$durations))
  data <- data.frame(time = numbers(lapply(case$groups, `[[`, "durations")),
                     restored = numbers(lapply(case$groups, `[[`, "restored")), group = rep(seq_along(sizes), sizes))
  whole <- survdiff(Surv(time, restored) ~ group, data)
  rest <- sapply(seq_along(sizes), function(index) survdiff(Surv(time, restored) ~ (group == index), data)$chisq)
  list(name = case$name, statistic = whole$chisq, degrees = sum(whole$exp > 0) - 1, rest = rest)
}

adjusted_case <- function(case) list(p = I(numbers(case$p)), adjusted = I(p.adjust(numbers(case$p), "BH")))

cases <- read("survival.json")
result <- list(
  survival = do.call(c, lapply(c(0.90, 0.95), function(level) lapply(cases, survival_case, level = level))),
  log_rank = lapply(read("log_rank.json"), log_rank_case),
  benjamini_hochberg = lapply(read("tests.json")$benjamini_hochberg, adjusted_case))
text <- toJSON(result, auto_unbox = TRUE, digits = I(17), null = "null")
writeLines(gsub("},{", "},\n{", text, fixed = TRUE), file.path(here, "stats", "survival_r.json"))
