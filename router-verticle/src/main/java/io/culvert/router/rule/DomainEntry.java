package io.culvert.router.rule;

/**
 * One entry of a rule's domains or of a domain list (wire-formats section 17.2).
 *
 * @param kind how it compares
 * @param value the text behind the prefix, as written
 */
public record DomainEntry(Kind kind, String value) {

    /** How an entry compares with a name. */
    public enum Kind {
        /** The name contains the text. */
        KEYWORD("keyword:"),
        /** A regular expression (RE2 syntax) finds something in the name. */
        REGEXP("regexp:"),
        /** The name is this domain or one below it. */
        DOMAIN("domain:"),
        /** The name is exactly this. */
        FULL("full:"),
        /** The name has no dot and contains the text. */
        DOTLESS("dotless:");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }
    }

    public DomainEntry {
        if (kind == Kind.DOTLESS && value.indexOf('.') >= 0) {
            throw new IllegalArgumentException("the text of a dotless rule has no dot: " + value);
        }
    }

    /** Reads an entry that is no list; one without a known prefix is a keyword. */
    public static DomainEntry parse(String text) {
        for (Kind kind : Kind.values()) {
            if (text.startsWith(kind.prefix)) {
                return new DomainEntry(kind, text.substring(kind.prefix.length()));
            }
        }
        return new DomainEntry(Kind.KEYWORD, text);
    }

    @Override
    public String toString() {
        return kind.prefix + value;
    }
}
