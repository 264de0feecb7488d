package io.culvert.router.rule;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.culvert.model.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All domain entries of a rule. Names and entries are compared in lower case and without a trailing dot. V2Ray 4.34 compares
 * them as they come, so that a client passes its rules by writing {@code EXAMPLE.com} (wire-formats sections 17.2 and 19).
 *
 * <p>A regular expression is tried on the name as it came and, where that differs, on its canonical form: whatever an
 * expression catches in 4.34 it catches here.
 */
public final class DomainMatcher {
    private static final int SHOWN = 4;

    private final SuffixTable suffixes;
    private final String[] keywords;
    private final String[] dotless;
    private final Pattern[] expressions;
    private final String text;

    /** @throws IllegalArgumentException for an expression that RE2 does not take */
    public DomainMatcher(List<DomainEntry> entries) {
        List<String> exact = new ArrayList<>();
        List<String> withSubdomains = new ArrayList<>();
        List<String> keywordList = new ArrayList<>();
        List<String> dotlessList = new ArrayList<>();
        List<Pattern> expressionList = new ArrayList<>();
        for (DomainEntry entry : entries) {
            switch (entry.kind()) {
                case FULL -> exact.add(canonical(entry.value()));
                case DOMAIN -> withSubdomains.add(canonical(entry.value()));
                case KEYWORD -> keywordList.add(entry.value().toLowerCase(Locale.ROOT));
                case DOTLESS -> dotlessList.add(entry.value().toLowerCase(Locale.ROOT));
                case REGEXP -> expressionList.add(compile(entry.value()));
            }
        }
        this.suffixes = new SuffixTable(exact, withSubdomains);
        this.keywords = keywordList.toArray(new String[0]);
        this.dotless = dotlessList.toArray(new String[0]);
        this.expressions = expressionList.toArray(new Pattern[0]);
        this.text = describe(entries);
    }

    /** Whether one of the entries matches. */
    public boolean matches(Address.Domain domain) {
        String name = domain.canonical();
        return suffixes.matches(name)
                || containsOneOf(name, keywords)
                || (dotless.length > 0 && name.indexOf('.') < 0 && containsOneOf(name, dotless))
                || isFound(domain.name(), name);
    }

    /** The first few entries, and how many there are. */
    @Override
    public String toString() {
        return text;
    }

    private boolean isFound(String asItCame, String canonical) {
        boolean differ = !asItCame.equals(canonical);
        for (Pattern expression : expressions) {
            if (expression.matcher(asItCame).find()
                    || (differ && expression.matcher(canonical).find())) {
                return true;
            }
        }
        return false;
    }

    private static boolean containsOneOf(String name, String[] texts) {
        for (String text : texts) {
            if (name.contains(text)) {
                return true;
            }
        }
        return false;
    }

    private static String canonical(String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static Pattern compile(String expression) {
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("not a regular expression: " + expression, e);
        }
    }

    private static String describe(List<DomainEntry> entries) {
        if (entries.size() <= SHOWN) {
            return entries.toString();
        }
        return entries.subList(0, SHOWN) + " and " + (entries.size() - SHOWN) + " more";
    }
}
