package io.culvert.config.reader;

import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.model.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code sockopt} (wire-formats section 14.7), with the keys that Xray and V2Ray 5 have beside V2Ray's. */
final class SockoptReader {
    /** Socket options whose absence would send traffic another way than it is asked for. */
    private static final List<String> DECISIVE_ELSEWHERE = List.of("dialerProxy", "interface", "bindToDevice");

    private static final List<String> MODES = List.of("tproxy", "redirect", "off");

    /** What the kernel takes, in seconds. */
    private static final int MOST_KEEP_ALIVE = 32_767;

    /** The queue of a listener for which {@code true} is written; 4.34 says 1, which serves one client at a time. */
    private static final int FAST_OPEN_QUEUE = 256;

    private final Report report;

    SockoptReader(Report report) {
        this.report = report;
    }

    /** @param sockopt null where there are none */
    SockoptConfig read(@Nullable Fields sockopt) {
        if (sockopt == null) {
            return SockoptConfig.DEFAULT;
        }
        SockoptConfig read = new SockoptConfig(
                (int) sockopt.number("mark", Integer.MIN_VALUE, Integer.MAX_VALUE, 0),
                sockopt.flag("acceptProxyProtocol"),
                fastOpen(sockopt),
                transparent(sockopt),
                keepAlive(sockopt, "tcpKeepAliveIdle"),
                keepAlive(sockopt, "tcpKeepAliveInterval"),
                trustedFronts(sockopt));
        for (String elsewhere : DECISIVE_ELSEWHERE) {
            if (sockopt.has(elsewhere) && !sockopt.text(elsewhere).isEmpty()) {
                report.unsupported(sockopt.spotOf(elsewhere), Words.quoted(elsewhere));
            }
        }
        sockopt.finish();
        return read;
    }

    /** V2Ray writes a flag, Xray the queue's length as well, where less than nothing leaves the system as it is. */
    private static int fastOpen(Fields sockopt) {
        if (sockopt.value("tcpFastOpen") instanceof Json.Num) {
            return (int) Math.max(
                    SockoptConfig.UNSET,
                    sockopt.number("tcpFastOpen", Integer.MIN_VALUE, Integer.MAX_VALUE, SockoptConfig.UNSET));
        }
        Boolean flag = sockopt.flagOrNull("tcpFastOpen");
        if (flag == null) {
            return SockoptConfig.UNSET;
        }
        return flag ? FAST_OPEN_QUEUE : 0;
    }

    /** Less than nothing turns keep-alive off in Xray; here it stays as the system has it. */
    private int keepAlive(Fields sockopt, String key) {
        long seconds = sockopt.number(key, Integer.MIN_VALUE, MOST_KEEP_ALIVE, 0);
        if (seconds < 0) {
            report.warning(sockopt.spotOf(key), "a negative time leaves keep-alive as the system has it");
        }
        return (int) Math.max(0, seconds);
    }

    /** Culvert's own. */
    private List<Cidr> trustedFronts(Fields sockopt) {
        List<Cidr> fronts = new ArrayList<>();
        for (Json.Text entry : sockopt.texts("trustedFronts")) {
            try {
                fronts.add(Cidr.parse(entry.value()));
            } catch (IllegalArgumentException _) {
                report.error(
                        entry.spot(),
                        Words.quoted(entry.value()) + " is no IP address or network such as \"10.0.0.5\" or"
                                + " \"10.0.0.0/24\"; a front is named by the address that it connects from");
            }
        }
        return fronts;
    }

    private TransparentMode transparent(Fields sockopt) {
        String word = sockopt.text("tproxy").toLowerCase(Locale.ROOT);
        return switch (word) {
            case "tproxy" -> TransparentMode.TPROXY;
            case "redirect" -> TransparentMode.REDIRECT;
            case "", "off" -> TransparentMode.OFF;
            default -> {
                report.warning(
                        sockopt.spotOf("tproxy"),
                        Words.quoted(word) + " is no mode, \"off\" is used" + Words.didYouMean(word, MODES));
                yield TransparentMode.OFF;
            }
        };
    }
}
