package io.culvert.config.reader;

import io.culvert.config.TransportSettings.Kcp;
import io.culvert.config.TransportSettings.PacketHeader;
import io.culvert.config.TransportSettings.Quic;
import io.culvert.config.TransportSettings.QuicSecurity;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The settings of the transports over UDP: mKCP (wire-formats section 16.4) and QUIC (section 15). */
final class PacketTransports {
    private static final List<String> HEADERS = List.of("none", "srtp", "utp", "wechat-video", "dtls", "wireguard");
    private static final List<String> CIPHERS = List.of("none", "aes-128-gcm", "chacha20-poly1305");
    private static final int MEGABYTE = 1 << 20;
    /** What a buffer of 0 MB is. */
    private static final int SMALLEST_BUFFER = 512 << 10;

    /**
     * Without {@code quicSettings} V2Ray 4.34 has no security type and takes that for "auto": packets are sealed with the
     * empty key, by AES on every processor that has it. (Settings without {@code security} mean none.)
     */
    private static final Quic UNSAID = new Quic(QuicSecurity.AES_128_GCM, "", PacketHeader.NONE);

    private final Report report;

    PacketTransports(Report report) {
        this.report = report;
    }

    Kcp kcp(@Nullable Fields kcp) {
        if (kcp == null) {
            return Kcp.DEFAULT;
        }
        Kcp read = new Kcp(
                (int) kcp.number("mtu", 576, 1460, Kcp.DEFAULT.mtu()),
                (int) kcp.number("tti", 10, 100, Kcp.DEFAULT.ttiMillis()),
                megabytes(kcp, "uplinkCapacity", Kcp.DEFAULT.uplinkCapacity()),
                megabytes(kcp, "downlinkCapacity", Kcp.DEFAULT.downlinkCapacity()),
                kcp.flag("congestion"),
                buffer(kcp, "readBufferSize", Kcp.DEFAULT.readBufferSize()),
                buffer(kcp, "writeBufferSize", Kcp.DEFAULT.writeBufferSize()),
                header(kcp, "mKCP"),
                kcp.textOrNull("seed"));
        kcp.finish();
        return read;
    }

    private static int buffer(Fields kcp, String key, int otherwise) {
        int bytes = megabytes(kcp, key, otherwise);
        return bytes == 0 ? SMALLEST_BUFFER : bytes;
    }

    private static int megabytes(Fields kcp, String key, int otherwise) {
        Long number = kcp.numberOrNull(key, 0, Fields.UINT32);
        return number == null ? otherwise : (int) Math.min(number * MEGABYTE, Integer.MAX_VALUE);
    }

    Quic quic(@Nullable Fields quic) {
        if (quic == null) {
            return UNSAID;
        }
        Quic read = new Quic(security(quic), quic.text("key"), header(quic, "QUIC"));
        quic.finish();
        return read;
    }

    private QuicSecurity security(Fields quic) {
        String word = quic.text("security").toLowerCase(Locale.ROOT);
        return switch (word) {
            case "", "none" -> QuicSecurity.NONE;
            case "aes-128-gcm" -> QuicSecurity.AES_128_GCM;
            case "chacha20-poly1305" -> QuicSecurity.CHACHA20_POLY1305;
            default -> {
                report.error(
                        quic.spotOf("security"),
                        Words.quoted(word) + " is not a cipher of QUIC; V2Ray would encrypt nothing"
                                + Words.didYouMean(word, CIPHERS));
                yield QuicSecurity.NONE;
            }
        };
    }

    private PacketHeader header(Fields settings, String transport) {
        Fields header = settings.object("header");
        if (header == null) {
            return PacketHeader.NONE;
        }
        String word = HeaderType.read(header, transport, HEADERS, report);
        header.finish();
        return switch (word) {
            case "srtp" -> PacketHeader.SRTP;
            case "utp" -> PacketHeader.UTP;
            case "wechat-video" -> PacketHeader.WECHAT_VIDEO;
            case "dtls" -> PacketHeader.DTLS;
            case "wireguard" -> PacketHeader.WIREGUARD;
            default -> PacketHeader.NONE;
        };
    }
}
