package io.culvert.egress.dial;

import io.culvert.model.IpLiterals;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Address blocks that are not the public internet, and the forms that smuggle them in: what the IANA registries of special-purpose
 * addresses (RFC 6890) have as not globally reachable, documentation and the relays of 6to4 (RFC 7526) among them.
 */
public final class SpecialAddresses {
    private static final class Block {
        private final byte[] network;
        private final int bits;

        Block(byte[] network, int bits) {
            this.network = network;
            this.bits = bits;
        }

        boolean contains(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            int whole = bits / 8;
            for (int i = 0; i < whole; i++) {
                if (address[i] != network[i]) {
                    return false;
                }
            }
            int rest = bits % 8;
            return rest == 0 || ((address[whole] ^ network[whole]) & 0xFF) >>> (8 - rest) == 0;
        }
    }

    private static final List<Block> BLOCKS = blocks(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/32",
            "2001:2::/48",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "::ffff:0:0/96",
            "::ffff:0:0:0/96");

    private SpecialAddresses() {}

    /** Whether an address lies in one of the blocks. */
    public static boolean contains(InetAddress address) {
        byte[] raw = address.getAddress();
        for (Block block : BLOCKS) {
            if (block.contains(raw)) {
                return true;
            }
        }
        return false;
    }

    private static List<Block> blocks(String... texts) {
        List<Block> blocks = new ArrayList<>();
        for (String text : texts) {
            int slash = text.indexOf('/');
            byte[] network = IpLiterals.parse(text.substring(0, slash));
            if (network == null) {
                throw new IllegalStateException("not a block: " + text);
            }
            blocks.add(new Block(network, Integer.parseInt(text.substring(slash + 1))));
        }
        return List.copyOf(blocks);
    }
}
