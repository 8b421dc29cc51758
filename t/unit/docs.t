# SPDX-License-Identifier: Apache-2.0
# The documentation: links, line lengths, installed pages, and tables that match the code.
use strict;
use warnings;
use Test::More;

sub slurp {
    my ($file) = @_;
    local (@ARGV, $/) = $file;
    my $text = <>;
    utf8::decode($text);
    return $text;
}
my @pages = sort grep { !m{^t/npm/node_modules/} } `git ls-files '*.md' 2>/dev/null` =~ /^(.+)$/mg;
@pages = (glob('*.md'), glob('docs/*.md')) unless @pages;
my %text = map { $_ => slurp($_) } @pages;
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);

# A page without its code blocks.
sub prose { my ($page) = @_; return $text{$page} =~ s/^```.*?^```$//msgr }

# The anchors of a page's headings, as GitHub makes them.
sub anchors {
    my ($page) = @_;
    my %seen;
    for my $heading (prose($page) =~ /^#+ +(.*?) *$/mg) {
        my $anchor = lc $heading;
        $anchor =~ s/[^\w\- ]//g;
        $anchor =~ tr/ /-/;
        $seen{$anchor}++;
    }
    return \%seen;
}

subtest 'links' => sub {
    for my $page (@pages) {
        my ($folder) = $page =~ m{^(.*/)?[^/]+$};
        my @broken;
        for my $link (prose($page) =~ /\]\(([^)\s]+)\)/g) {
            next if $link =~ /^https?:/;
            my ($path, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
            my $file = length $path ? ($folder // '') . $path : $page;
            1 while $file =~ s{(?:^|(?<=/))(?!\.\./)[^/]+/\.\./}{};
            push @broken, $link if !-e $file;
            push @broken, $link
                if defined $anchor && -e $file && $file =~ /\.md$/ && !anchors_of($file)->{$anchor};
        }
        is_deeply \@broken, [], "$page: each link leads somewhere";
        is_deeply [grep { !-e && !/NAME|TABLE|AREA|ROOM/ }
                prose($page) =~ m{`((?:src|t|docs|conf|tools)/[\w./-]+\.\w+)`}g], [],
            'and so does each path';
    }
};

sub anchors_of { my ($file) = @_; $text{$file} //= slurp($file); return anchors($file) }

subtest 'layout' => sub {
    cmp_ok $text{'README.md'} =~ tr/\n//, '<=', 150, 'README.md has at most 150 lines';
    for my $page (grep { m{^(?:docs/[^/]+|[^/]+)\.md$} } @pages) {
        my $n = 0;
        my $code = 0;
        my @long;
        for (split /\n/, $text{$page}) {
            $n++;
            $code = !$code if /^```/;
            push @long, $n if length > 100 && !$code && !/^\|/;
        }
        is_deeply \@long, [], "$page: lines of at most 100 characters, tables and code apart";
        unlike $text{$page}, qr{/work/|shared/design|\bthe contract\b},
            "$page: names no document from outside the repository";
        # In httpd a comment has its own line.
        is_deeply [map { /^(\s*[^#\s].*\s#\s.*)$/mg } $text{$page} =~ /^```apache\n(.*?)^```/msg],
            [], "$page: configurations can be pasted";
    }
};

is_deeply [grep { length > 100 && !/DBDParams/ } split /\n/, slurp('conf/authsms.conf')], [],
    'conf/authsms.conf: lines of at most 100 characters';

subtest 'what is installed' => sub {
    my $make = slurp('Makefile.am') =~ s/\\\n//gr;
    my ($installed) = $make =~ /^dist_docs_DATA = (.*)$/m;
    is_deeply [sort split ' ', $installed], [sort glob 'docs/*.md'], 'each page of docs';
};

subtest 'docs/api.md' => sub {
    my @sources = map { slurp($_) } glob('src/api/*.c'), glob('src/*/error.h');
    my ($routes) = map { /^const as_route_t as_routes\[\] = \{\n(.*?)^\};/ms } @sources
        or die 'the code has no table of routes';
    my %route;
    for my $row (split /^ {4}(?=\{)/m, $routes) {
        my ($path) = $row =~ /\.path = "([^"]*)"/ or next;
        $row =~ /\.\L$_\E = / and $route{"$_ /$path"} = 1 for qw(GET POST PUT PATCH DELETE);
    }
    my ($first) = $text{'docs/api.md'} =~ /^\| route \| purpose \|\n(.*?)\n\n/ms
        or die 'the page has no table of routes';
    my %shown = map { $_ => 1 } $first =~ /`((?:GET|POST|PUT|PATCH|DELETE) \/[^`]*)`/g;
    is_deeply \%shown, \%route, 'every route';

    my ($rows) = map { /^#define AS_ERRORS\(X\)(.*?)\n\n/ms } @sources
        or die 'the code has no table of errors';
    my %code;
    $code{"$1 $2"} = 1 while $rows =~ /X\(\w+, *(\d+), *"(\w+)"/g;
    my ($table) = $text{'docs/api.md'} =~ /^## Error codes\n(.*?)\n`code`/ms
        or die 'the page has no table of errors';
    my %listed;
    for ($table =~ /^\| (\d+ \|.*)$/mg) {
        my ($status) = /^(\d+)/;
        $listed{"$status $_"} = 1 for /`(\w+)`/g;
    }
    is_deeply \%listed, \%code, 'every error code with its status';
};

subtest 'docs/architecture.md' => sub {
    my $page = $text{'docs/architecture.md'};
    my ($rules) = slurp('t/unit/lint.t') =~ /^my %may = \((.*?)^\);/ms or die 'lint.t has no table';
    my %allowed = $rules =~ /^ *(\w+) => \[(?:qw\()?([^)\]]*)\)?\],$/mg;
    my ($rows) = $page =~ /^\| room \| may include \|\n(.*?)\n\n/ms or die 'the page has no table';
    my %shown =
        map { /^\| `(\w+)` \| (.*) \|$/ ? ($1 => $2 eq 'none' ? '' : $2 =~ tr/`//dr) : () }
        split /\n/,
        $rows;
    is_deeply \%shown, \%allowed, 'the dependencies that lint.t enforces';
    my @rooms = sort map { m{^src/(\w+)/} } glob 'src/*/local.mk';
    ($rows) = $page =~ /^\| room \| content .*?\n(.*?)\n\n/ms
        or die 'the page has no table of rooms';
    is_deeply [sort $rows =~ /^\| `(\w+)`/mg], \@rooms, 'every room';
    my @files = map { "src/$_" } $page =~ m{`((?:@{[join '|', @rooms]})/[\w./-]+\.[ch])`}g;
    is_deeply [grep { !-e && !/NAME|TABLE|AREA|ROOM/ } @files], [],
        'each file that it names is there';
    my $code = join '', map { slurp($_) } glob 'mod_authsms.c src/*/*.[ch] src/*/*/*.[ch]';
    is_deeply [
        grep { $code !~ /\b\Q$_\E/ }
            grep { !/NAME|TABLE/ }
            $page =~ /`\*?((?:as|AS)_\w+|[a-z]+_of|expand|senders|verifiers)/g
        ],
        [], 'and each name in the code';
};

subtest 'docs/sms.md and docs/sms-http.md' => sub {
    my ($names) =
        map { /as_sms_result_name\(as_sms_result_t \w+\)\n\{(.*?)^\}/ms } slurp('src/sms/sms.c')
        or die 'the code names no outcomes';
    my %known = map { $_ => 1 } $names =~ /"([^"]+)"/g;
    my @tables =
        map { /^\| (?:the provider's answer|`code` \| outcome|response \| outcome)(.*?)\n\n/msg }
        @text{qw(docs/sms.md docs/sms-http.md)};
    is scalar @tables, 3, 'the tables of outcomes';
    my @outcomes = map { /\| `([a-z, ]+ [a-z, ]+)`/g } @tables;
    cmp_ok scalar @outcomes, '>', 10, 'they have outcomes';
    is_deeply [grep { !$known{$_} } @outcomes], [], 'named as the log names them';
};

subtest 'directives' => sub {
    my %known = map { $_ => 1 } slurp('mod_authsms.c') =~ /"(AuthSMS\w+)"/g;
    my %shown =
        map { $_ => 1 } map { /\b(AuthSMS\w+)/g } @text{ grep { m{^(?:docs/|README)} } @pages };
    is_deeply [sort keys %shown], [sort keys %known], 'the pages name each directive, and no other';
};

subtest 'docs/authsmsctl.md' => sub {
    my @commands = slurp('tools/authsmsctl.c') =~ /^    \{\.name = "(\w+)",/mg;
    cmp_ok scalar @commands, '>', 5, 'the program has commands';
    my %shown = map { $_ => 1 } $text{'docs/authsmsctl.md'} =~ /^\| `(\w+)/mg;
    $shown{$_} = 1 for $text{'docs/authsmsctl.md'} =~ /^\| `\w+ USER`, `(\w+) USER`/mg;
    is_deeply [sort grep { !$shown{$_} } @commands], [], 'every command';

    my @options = slurp('tools/ctl_options.c') =~ /^    \{"([\w-]+)", /mg;
    cmp_ok scalar @options, '>', 5, 'the program has options';
    my $completion = slurp('tools/completion/authsmsctl');
    my $man = slurp('docs/authsmsctl.1') =~ s/\\f[BIR]|(?<=\s)[.]B //gr =~ s/\\-/-/gr;
    my ($usage) = join '', map { slurp($_) } qw(tools/authsmsctl.c tools/ctl_options.c);
    is_deeply [grep { $completion !~ /\b\Q$_\E\b/ } @commands, @options], [],
        'completion for bash: every command and option';
    is_deeply [grep { $man !~ /\b\Q$_\E\b/ } @commands, @options], [],
        'man page: every command and option';
    is_deeply [grep { $text{'docs/authsmsctl.md'} !~ /--\Q$_\E\b/ } @options], [],
        'docs/authsmsctl.md: every option';
    is_deeply [grep { $usage !~ /--\Q$_\E\b/ } @options], [], 'authsmsctl --help: every option';
};

subtest 'docs/operating.md' => sub {
    my ($rows) = slurp('src/base/event.h') =~ /^#define AS_EVENTS\(X\)(.*?)\n\n/ms
        or die 'the code has no table of events';
    my ($section) = $text{'docs/operating.md'} =~ /^\| event \| when \|\n(.*?)\n\n/ms
        or die 'the page has no table of events';
    my @shown = map { /`([^`]+)`/g } $section =~ /^\| (.*?) \|/mg;
    is_deeply [sort @shown], [sort $rows =~ /"([\w.]+)"/g], 'every event of the audit log';
};

subtest 'conf/authsms.conf' => sub {
    my ($rows) = slurp('src/config/config.h') =~ /^#define AS_LIMITS\(X\)(.*?)\n\n/ms
        or die 'the code has no table of limits';
    my %unit = (m => 60, h => 3600);
    my %limit = map { m{"([\w/]+)", (\d+), (\d+)} ? ($1 => "$2/$3") : () } split /\n/, $rows;
    my %shown =
        map { m{^#AuthSMSLimit (\S+) +(\d+)/(\d+)([mh])$} ? ($1 => "$2/" . $3 * $unit{$4}) : () }
        split /\n/, slurp('conf/authsms.conf');
    is_deeply \%shown, \%limit, 'every limit with its default';
};

subtest 'conf/examples' => sub {
    my @files = map { s{^conf/examples/}{}r } glob 'conf/examples/*';
    my %linked = map { $_ => 1 } $text{'conf/examples/README.md'} =~ /\]\(([\w.-]+)\)/g;
    is_deeply [sort keys %linked], [sort grep { $_ ne 'README.md' } @files],
        'the page lists each file';
    my ($installed) = slurp('Makefile.am') =~ /^dist_examples_DATA = (.*?[^\\])\n/ms;
    is_deeply [sort $installed =~ m{conf/examples/(\S+)}g], [sort @files],
        'make install copies each';
    my $tests = join '', map { slurp($_) } glob 't/live/examples/*.t t/lib/ForwardAuth.pm';
    is_deeply [grep { $_ ne 'README.md' && $tests !~ /'\Q$_\E'/ } @files], [], 'a test runs each';
};

done_testing;
