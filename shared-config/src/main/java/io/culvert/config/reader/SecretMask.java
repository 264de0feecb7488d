package io.culvert.config.reader;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Locale;
import java.util.Set;

/** A configuration's text for other eyes: without its secrets, and without its comments, which may hold some. */
public final class SecretMask {
    /** What stands in place of a secret. */
    public static final String MASK = "***";

    /** The keys, in lower case, whose values are secret with everything in them. */
    private static final Set<String> SECRET =
            Set.of("id", "uuid", "pass", "password", "seed", "key", "secret", "proxy-authorization");

    private SecretMask() {}

    /** The masked text of a source; one that is no JSON has none of it shown. */
    public static String of(Source source) {
        StringWriter out = new StringWriter();
        try (JsonParser in = JsonTreeReader.parser(source.text());
                JsonGenerator masked = generator(out)) {
            copy(in, masked);
        } catch (IOException _) {
            return MASK;
        }
        return out.toString();
    }

    private static JsonGenerator generator(StringWriter out) throws IOException {
        return JsonTreeReader.generator(out).setPrettyPrinter(new DefaultPrettyPrinter());
    }

    private static void copy(JsonParser in, JsonGenerator out) throws IOException {
        int depth = 0;
        int secretBelow = Integer.MAX_VALUE;
        for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
            boolean named =
                    in.currentName() != null && SECRET.contains(in.currentName().toLowerCase(Locale.ROOT));
            if (token.isStructStart() && named && !token.equals(JsonToken.FIELD_NAME)) {
                secretBelow = Math.min(secretBelow, depth);
            }
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
                if (depth <= secretBelow) {
                    secretBelow = Integer.MAX_VALUE;
                }
            }
            boolean secret = depth > secretBelow || (named && token.isScalarValue());
            if (secret && token.isScalarValue()) {
                out.writeString(MASK);
            } else {
                out.copyCurrentEvent(in);
            }
            if (depth == 0) {
                return; // what stands behind the configuration is ignored by its reader too
            }
        }
    }
}
