import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;

/**
 * Answers, for pairs of an event pattern and an event, what AWS's event-ruler makes of them.
 *
 * <p>Standard input: batches of two lines for each pair, the pattern and the event as JSON in ASCII; an empty line ends
 * a batch. Standard output: one line for each pair once its batch is complete: {@code matched}, {@code missed},
 * either with {@code but not without its index} where the library's older finder (ACFinder) says the opposite,
 * {@code complex} (the library takes the pattern, and finds its wildcards more complex than the argument allows),
 * {@code refused REASON}, or {@code failed REASON} where the pattern is valid and matching it is an error. After a tab
 * follow the numbers of the pair that this JDK writes with other digits once they are doubles, between spaces: the
 * library can't compare them, and how many there are depends on the JDK.
 */
public final class EventRulerOracle {
    private static final JsonFactory JSON = new JsonFactory();

    private EventRulerOracle() {}

    /** The only argument is the highest complexity of wildcards that is not called complex. */
    public static void main(String[] arguments) throws Exception {
        // The evaluation stops at its bound: one beyond what is allowed tells both apart.
        var tooComplex = Integer.parseInt(arguments[0]) + 1;
        var input = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
        var output = new PrintStream(System.out, false, US_ASCII);
        List<String> batch = new ArrayList<>();
        for (String line; (line = input.readLine()) != null; ) {
            if (!line.isEmpty()) {
                batch.add(line);
                continue;
            }
            for (int index = 0; index < batch.size(); index += 2) {
                var pattern = batch.get(index);
                var event = batch.get(index + 1);
                output.print(verdict(pattern, event, tooComplex) + "\t");
                output.println(String.join(" ", incomparable(pattern, event)));
            }
            output.flush();
            batch.clear();
        }
    }

    private static String verdict(String pattern, String event, int tooComplex) {
        var refusal = JsonRuleCompiler.check(pattern);
        if (refusal != null) {
            return "refused " + onOneLine(refusal);
        }
        try {
            var machine = new Machine();
            machine.addRule("rule", pattern);
            var evaluator = new MachineComplexityEvaluator(tooComplex);
            if (pattern.contains("wildcard") && machine.evaluateComplexity(evaluator) >= tooComplex) {
                return "complex";
            }
            var verdict = machine.rulesForJSONEvent(event).isEmpty() ? "missed" : "matched";
            var walked = Machine.builder().withStructuredMatching(false).build();
            walked.addRule("rule", pattern);
            var isSame = walked.rulesForJSONEvent(event).isEmpty() == verdict.equals("missed");
            return isSame ? verdict : verdict + " but not without its index";
        } catch (Exception | StackOverflowError error) {
            return "failed " + onOneLine(error.toString());
        }
    }

    private static List<String> incomparable(String... texts) throws IOException {
        List<String> numbers = new ArrayList<>();
        for (var text : texts) {
            try (var parser = JSON.createParser(text)) {
                for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
                    if (token.isNumeric() && !isComparable(parser.getText())) {
                        numbers.add(parser.getText());
                    }
                }
            }
        }
        return numbers;
    }

    private static boolean isComparable(String number) {
        try {
            var digits = new BigDecimal(number);
            var value = digits.doubleValue();
            return Double.isFinite(value) && BigDecimal.valueOf(value).compareTo(digits) == 0;
        } catch (NumberFormatException outOfBounds) {
            return false;
        }
    }

    private static String onOneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
