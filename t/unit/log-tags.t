# SPDX-License-Identifier: Apache-2.0
# Each message in the error log begins with a tag of its own (AS_TAG in src/base/log.h), and
# docs/log-messages.md explains each tag with the message's level and text.
use strict;
use warnings;
use Test::More;

my $PAGE = 'docs/log-messages.md';

# Calls that log: the place of the level among the arguments, from 0, or its name.
my %log_calls = (ap_log_error => 1, ap_log_rerror => 1, ap_log_perror => 1, as_log => 1);

# Functions that pass on a message: the level of their messages (a number: its place among the
# arguments), and what they add to the text.
my %wrappers = (
    'src/config/check.c log_error' => { level => 'error' },
    'src/config/check.c log_error_at' => { level => 'error', after => ' (for line %d of %s)' },
    'src/config/parse.c as_parse_warn' => { level => 'warn', before => '%s: ' },
    'src/config/startup_log.c as_startup_log_once' => { level => 1 },
    'src/db/conn.c warn_once' => { level => 'warn', after => '%s' },
    'src/guard/hooks.c fail_misconfigured' => { level => 'error', before => '%s: ' },
);

# Functions of httpd's log hooks, and variables that hold a message with its tag.
my %no_message = ('src/server/child.c log_write' => 1, 'src/base/log.c as_log' => 1);
my %messages_in = (fault => 'error', warning => 'warn');

# Files whose functions return such a message.
my %returned = ('src/server/sqlite_access.c' => 'error', 'src/db/sqlite_file.c' => 'warn');

my %level_name = (
    CRIT => 'crit', ERR => 'error', WARNING => 'warn', NOTICE => 'notice', INFO => 'info',
    DEBUG => 'debug',
);
my @severity = map { $level_name{$_} } qw(CRIT ERR WARNING NOTICE INFO DEBUG);

sub slurp {
    my ($file) = @_;
    open my $in, '<:encoding(UTF-8)', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

# The text from an opening parenthesis or brace to the one that closes it, without both.
sub inside {
    my ($text, $at) = @_;
    my $depth = 0;
    pos($text) = $at;
    while ($text =~ /\G(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|([({])|([)}])|[^"'(){}]+)/gcs) {
        $depth++ if $1;
        return substr $text, $at + 1, pos($text) - $at - 2 if $2 && !--$depth;
    }
    die "no end of: " . substr $text, $at, 60;
}

# The arguments of a call.
sub arguments {
    my ($text) = @_;
    my @arguments = ('');
    while ($text =~ /\G("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[({]|,|[^"'({,]+)/gcs) {
        my $part = $1;
        if ($part eq ',') {
            push @arguments, '';
        }
        elsif ($part =~ /^[({]$/) {
            my $content = inside($text, pos($text) - 1);
            $arguments[-1] .= $part . $content . ($part eq '(' ? ')' : '}');
            pos($text) += length($content) + 1;
        }
        else {
            $arguments[-1] .= $part;
        }
    }
    s/^\s+|\s+$//g for @arguments;
    return @arguments;
}

# The text of adjacent literals, with APR's formats as %d.
sub literal {
    my ($argument) = @_;
    my $text = join '',
        map { /^"(.*)"$/s ? $1 : '' }
        $argument =~ s/"%" ?(?:\\\s*)?/"%"/gr =~ s/"%"\s*\w+_FMT/"%d"/gr =~
        s/%"\s*\w+_FMT/%d"/gr =~ /("(?:[^"\\]|\\.)*")/g;
    return $text =~ s/\\(.)/$1/gr;
}

# Levels in an expression, the most severe first.
sub levels {
    my ($text) = @_;
    my %found =
        map { $level_name{$_} => 1 }
        $text =~ /\b(?:APLOG|AS_LOG)_(CRIT|ERR|WARNING|NOTICE|INFO|DEBUG)\b/g;
    return join ', ', grep { $found{$_} } @severity;
}

# The body of a function, or the content of a table.
sub definition {
    my ($code, $name) = @_;
    return inside($code, $-[1]) if $code =~ /\b\Q$name\E(?:\[\] = |\([^;{}]*\)\n)(\{)/;
    die "nothing is called $name";
}

my %text = map { $_ => slurp($_) =~ s{/\*.*?\*/}{}gsr } 'mod_authsms.c',
    sort glob('src/*/*.c'), glob('src/*/*/*.c');

my (%message, %looked_up, @untagged, @elsewhere);

sub add {
    my ($tag, $level, $text, $file) = @_;
    push @{ $message{$tag} }, { level => $level, text => $text, file => $file };
}

# The word of a constant in the text, which the page shows: an outcome of a text or an error code.
my %word = (
    slurp('src/sms/sms.c') =~ /\[(AS_SMS_\w+)\] = "([^"]+)"/g,
    map { /(\w+), \d+, "(\w+)"/ ? ("AS_E_$1" => $2) : () }
        slurp('src/base/error.h') =~ /^ +X\((\w+, \d+, "\w+")/mg,
);

# A tag that is looked up: each in the function or table is a message.
sub add_looked_up {
    my ($file, $name, $level, $text) = @_;
    my $body = definition($text{$file}, $name);
    my $count = 0;
    while ($body =~ /\b(AS_SMS_\w+|AS_E_\w+|default)(?:\] =|:)\s*([^;\n]*AS_TAG\((\d+)\)[^;\n]*)/g)
    {
        my ($constant, $row, $tag) = ($1, $2, $3);
        my $known = $word{ $constant eq 'default' ? 'AS_E_INVALID_TOKEN' : $constant }
            // die "$constant has no word";
        $looked_up{$constant} = 1;
        add($tag, levels($row) || $level, $text =~ s/: %s/: $known/r, $file);
        $count++;
    }
    return $count;
}

for my $file (sort keys %text) {
    my $code = $text{$file};
    my %wrapper;
    for (keys %wrappers) {
        my ($home, $name) = split / /;
        $wrapper{$name} = $wrappers{$_} if $home eq $file || $name =~ /^as_/;
    }
    my $names = join '|', keys %log_calls, keys %wrapper;
    my $used = 0;
    while ($code =~ /^(?<indent>[ ]+)[^\n"]*?\b(?<name>$names)(?=\()/gm) {
        my ($name, $at) = ($+{name}, pos $code);
        my @arguments = arguments(inside($code, $at));
        my ($function) = substr($code, 0, $at) =~ /.*^\w[^\n]*?\b(\w+)\([^;]*?\)\n\{/ms;
        my $body = $function ? definition($code, $function) : $code;
        my $where = "$file $function";
        next if $no_message{$where};

        my $how = $wrapper{$name} // { level => $log_calls{$name} };
        my $level = $how->{level};
        if ($level =~ /^\d+$/) {
            my $expression = $arguments[$level];
            $level = levels($expression) || levels($body);
        }
        my ($format) = grep { /AS_TAG|^"|^apr_psprintf\(/ } @arguments;
        ($format) = grep { /AS_TAG|^"/ } arguments(inside($format, $-[0]))
            if ($format // '') =~ /^apr_psprintf(?=\()/ && $format =~ /\(/;
        my @tags = map { /AS_TAG\((\d+)\)/g } @arguments;
        if (@tags == 1 && $format =~ /^AS_TAG\(\d+\)/) {
            my $text = $format =~ /"/
                ? literal($format)
                # The tag is an argument of its own.
                : literal((grep { /^(?:apr_psprintf\(.*)?"|^apr_psprintf\(/s } @arguments)[0]);
            add($tags[0], $level, ($how->{before} // '') . $text . ($how->{after} // ''), $file);
            $used++;
        }
        elsif (@tags) {
            push @untagged, "$where: $name: the message does not begin with one tag";
        }
        elsif ($wrappers{$where}) {
            next;    # it passes on the message of its caller
        }
        elsif (($format // '') =~ /^"%s/ && $arguments[-1] !~ /^\w+$/) {
            # The tag comes from a function or a table.
            my ($i) = grep { $arguments[$_] eq $format } 0 .. $#arguments;
            my ($source) = $arguments[$i + 1] =~ /^(\w+)[\[(]/;
            my $count =
                $source && add_looked_up($file, $source, $level, literal($format) =~ s/^%s//r);
            push @untagged, "$where: $name has no tag" unless $count;
            $used += $count || 0;
        }
        elsif ($messages_in{ $arguments[-1] }
            && $messages_in{ $arguments[-1] } eq $level
            && ($name eq 'as_startup_log_once' || $format eq '"%s"')) {
            next;    # its tag is in a file of %returned
        }
        else {
            push @untagged, "$where: $name has no tag";
        }
    }
    if ($returned{$file}) {
        while ($code =~ /\bapr_psprintf(?=\()/g) {
            my ($format) = grep { /AS_TAG/ } arguments(inside($code, pos $code)) or next;
            add($format =~ /AS_TAG\((\d+)\)/, $returned{$file}, literal($format), $file);
            $used++;
        }
    }
    my $all = () = $code =~ /\bAS_TAG\(/g;
    push @elsewhere, "$file: $all tags, $used in messages" if $all != $used;
}
is_deeply \@untagged, [], 'each call that logs has one tag';
is_deeply \@elsewhere, [], 'no tag is anywhere else';
is_deeply [grep { @{ $message{$_} } > 1 } sort keys %message], [], 'each tag is used once';
is_deeply [grep { !/^[0-9]{4}$/ } sort keys %message], [], 'and has four digits';
is_deeply [grep { /^AS_SMS/ && !$looked_up{$_} } sort keys %word], [], 'each outcome has a tag';
cmp_ok scalar keys %message, '>', 80, 'tags were found';

# ---- the page ----

my ($active, $retired) = split /^## Retired tags$/m, slurp($PAGE);
my @sections = split /^### /m, $active;
shift @sections;
my (%shown, @order, @incomplete);
for (@sections) {
    my ($tag, $level) = /\AASM(\d{4}) \(([a-z, ]+)\)\n/ or push(@incomplete, /\A([^\n]*)/), next;
    my ($text) = /\A[^\n]*\n\n```\n(.*?)\n```\n/s;
    push @order, $tag;
    $shown{$tag} = { level => $level, text => ($text // '') =~ s/\n/ /gr };
    push @incomplete, "ASM$tag"
        unless defined $text
        && /^- \*\*Cause\*\*: \S/m
        && /^- \*\*Effect\*\*: \S/m
        && /^- \*\*Action\*\*: \S/m;
}
is_deeply \@incomplete, [], "$PAGE: each entry has tag, level, text, cause, effect and action";
is_deeply \@order, [sort @order], 'in the order of their numbers';
is_deeply [grep { !$shown{$_} } sort keys %message], [], 'each tag of the code has an entry';
is_deeply [grep { !$message{$_} } @order], [], 'each entry is a tag of the code';
my %seen;
is_deeply [grep { $seen{$_}++ } @order], [], 'no tag has two entries';

# A placeholder such as <path> stands for a conversion.
sub pattern {
    my ($format) = @_;
    my @parts = split /((?:%[-0# +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?l*[a-zA-Z])+)/, $format;
    my $pattern = join '', map { /^%/ ? '(?:<[a-z][\w /+-]*>)+' : "\Q$_\E" } @parts;
    return qr/\A$pattern\z/;
}
my (@levels, @texts);
for my $tag (grep { $message{$_} } @order) {
    my ($is, $says) = ($message{$tag}[0], $shown{$tag});
    push @levels, "ASM$tag: the page has $says->{level}, the code $is->{level}"
        if $says->{level} ne $is->{level};
    push @texts, "ASM$tag: the page has '$says->{text}', the code '$is->{text}'"
        if $says->{text} !~ pattern($is->{text});
}
is_deeply \@levels, [], 'each entry has the level of the code';
is_deeply \@texts, [], 'and its text';

my @retired = ($retired // '') =~ /\bASM(\d{4})\b/g;
is_deeply [grep { $message{$_} } @retired], [], 'no retired tag is used again';

# The reasons of refused tokens.
my %reason;
for my $file (qw(jose/jwt jose/claims text/credential auth/verdict auth/account_check)) {
    my $before = qr/refuse\(reason, (?:AS_E_\w+, )?|reason = |return |rejection = |\[\] = |[?:] /;
    $reason{ literal($_) } = 1
        for $text{"src/$file.c"} =~ /(?:$before)\s*((?:"(?:[^"\\]|\\.)*"\s*)+)(?=[;:,)])/g;
}
delete $reason{''};
my ($table) = $active =~ /^\| reason \| meaning \|\n(.*?)\n\n/ms or die 'no table of reasons';
is_deeply [sort map { /`([^`]+)`/g } $table =~ /^\| (`.*?) \|/mg], [sort keys %reason],
    'the reasons of the code';

# What the page says of the groups.
my %group = $active =~ /^\| (\d\d)00 to \d\d99 \| ([^|]+) \|$/mg;
is_deeply [grep { !$group{ substr $_, 0, 2 } } @order], [], 'each tag is of a group of the page';
done_testing;
