package io.culvert.egress.dial;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolverException;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a name has no address, as its name servers say it. */
final class NameFault {
    private NameFault() {}

    /** @param answered the error that a name server answered with, or null where that is not known */
    static SessionFailure of(String name, Throwable fault, @Nullable DnsResponseCode answered) {
        return new SessionFailure(CloseCause.NAME_NOT_FOUND, "no address for " + name + ": " + reason(fault, answered));
    }

    private static String reason(Throwable fault, @Nullable DnsResponseCode answered) {
        for (Throwable one = fault; one != null; one = one.getCause()) {
            switch (one) {
                case DnsErrorCauseException error -> {
                    return answer(error.getCode());
                }
                case DnsNameResolverTimeoutException silent -> {
                    return "no answer from name server " + addressOf(silent);
                }
                case DnsNameResolverException other -> {
                    return "name server " + addressOf(other) + ": " + deepest(other);
                }
                default -> {}
            }
        }
        if (answered != null) {
            return answer(answered);
        }
        return fault.getCause() == null ? "the name has none" : deepest(fault);
    }

    private static String addressOf(DnsNameResolverException fault) {
        return fault.remoteAddress().getAddress().getHostAddress();
    }

    private static String deepest(Throwable fault) {
        Throwable deepest = fault;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest.getMessage() == null ? deepest.getClass().getSimpleName() : deepest.getMessage();
    }

    private static String answer(DnsResponseCode code) {
        if (code.equals(DnsResponseCode.NXDOMAIN)) {
            return "no such name";
        }
        String word = code.toString().toUpperCase(Locale.ROOT);
        int number = word.indexOf('(');
        return "the name server answered " + (number < 0 ? word : word.substring(0, number));
    }
}
