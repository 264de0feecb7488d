package io.culvert.egress.dial;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsQueryLifecycleObserver;
import io.netty.resolver.dns.DnsQueryLifecycleObserverFactory;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * With which error name servers answered for a name: Netty's failure says it of some errors only. Owned by the loop of its
 * resolver.
 */
final class AnswerCodes implements DnsQueryLifecycleObserverFactory {
    /** Names that have failed and whose failure nobody has read; the oldest goes first. */
    private static final int MOST_KEPT = 64;

    private final Map<String, DnsResponseCode> latest = new LinkedHashMap<>();

    @Override
    public DnsQueryLifecycleObserver newDnsQueryLifecycleObserver(DnsQuestion question) {
        return new Question(question.name());
    }

    /** The error of a name, which is forgotten then; null where there was none. */
    @Nullable
    DnsResponseCode take(String name) {
        return latest.remove(key(name));
    }

    private static String key(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower : lower + ".";
    }

    private void keep(String name, DnsResponseCode code) {
        latest.put(key(name), code);
        if (latest.size() > MOST_KEPT) {
            latest.remove(latest.keySet().iterator().next());
        }
    }

    private final class Question implements DnsQueryLifecycleObserver {
        private final String name;

        Question(String name) {
            this.name = name;
        }

        @Override
        public DnsQueryLifecycleObserver queryNoAnswer(DnsResponseCode code) {
            keep(name, code);
            return this;
        }

        @Override
        public DnsQueryLifecycleObserver queryRedirected(List<InetSocketAddress> nameServers) {
            return this;
        }

        @Override
        public DnsQueryLifecycleObserver queryCNAMEd(DnsQuestion question) {
            return this;
        }

        @Override
        public void queryWritten(InetSocketAddress server, ChannelFuture written) {}

        @Override
        public void queryCancelled(int queriesRemaining) {}

        @Override
        public void queryFailed(Throwable cause) {}

        @Override
        public void querySucceed() {}
    }
}
