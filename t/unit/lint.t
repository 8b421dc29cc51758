# SPDX-License-Identifier: Apache-2.0
# The house rules that a script can hold: layout, licence, which room may know which.
use strict;
use warnings;
use Test::More;

# What is ours: without git, all that was not made here.
sub files {
    my (@like) = @_;
    my $names = join ' -o ', map { "-name '$_'" } @like;
    my @found = split /\n/, `git ls-files @{[map { "'$_'" } @like]} 2>/dev/null`;
    @found = grep { $_ ne 'src/config.h' } map { s{^\./}{}r } split /\n/,
        `find . -path ./t/npm -prune -o -type f \\( $names \\) -print`
        unless @found;
    return sort @found;
}
my @c = files('*.c', '*.h');
my @perl = files('*.pm', '*.t', '*.pl');
my %text = map {
    my $f = $_;
    $f => do { local (@ARGV, $/) = $f; <> }
} @c;

# A Perl file as characters.
sub perl_text {
    my ($file) = @_;
    open my $in, '<:encoding(UTF-8)', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

SKIP: {
    my ($version) = `clang-format --version 2>/dev/null` =~ /version (\d+)/;
    skip 'no clang-format 14 here; other versions lay some lines out differently', 1
        unless ($version // 0) == 14;
    is scalar `clang-format --dry-run @c 2>&1 | grep -c 'clang-format-violations'`, "0\n",
        'laid out by .clang-format'
        or diag `clang-format --dry-run @c 2>&1 | grep violations | head`;
}
SKIP: {
    skip 'no cppcheck here', 1 unless `cppcheck --version 2>/dev/null`;
    my $options = '--quiet --std=c11 --enable=warning,performance,portability --inline-suppr'
        . ' --suppressions-list=.cppcheck --library=t/unit/cppcheck.cfg';
    my $found = `cppcheck $options -I src src mod_authsms.c 2>&1`;
    is $found, '', 'cppcheck has nothing to say';
}
is_deeply [grep { $text{$_} !~ m{^/\* SPDX-License-Identifier: Apache-2\.0 \*/\n} } @c], [],
    'the licence stands first';
is_deeply [grep { ($text{$_} =~ tr/\n//) > 620 } @c], [], 'no file is much over 600 lines';
is_deeply [grep { $text{$_} =~ m{^\s*//}m } @c], [], 'comments are /* */';
# httpd logs other bytes as \xe2\x80\xa6.
is_deeply [
    grep { ($text{$_} =~ s{/\*.*?\*/}{}gsr) =~ m{"[^"\n]*[^\x00-\x7f][^"\n]*"} }
    grep { m{^(?:src/|mod_authsms)} && !m{phone_tables} } @c
    ],
    [],
    "what the module says is ASCII";

# What a mode rejects differs between releases: text/json_strict.c alone decides.
is_deeply [
    grep { $text{$_} =~ m{json_tokener_set_flags|\bJSON_TOKENER_(?:STRICT|VALIDATE_UTF8)\b(?!\.)} }
    grep { m{^(?:src|tools)/} } @c
    ],
    [], 'no mode of json-c is set';

# Which room may include headers of which others. docs/architecture.md shows the same table.
my %may = (
    base => [],
    text => [qw(base)],
    jose => [qw(text base)],
    account => [qw(text base)],
    sms => [qw(text base)],
    db => [qw(base)],
    store => [qw(db text base)],
    config => [qw(sms jose account text base)],
    server => [qw(config store db sms text base)],
    auth => [qw(server config store jose text base)],
    api => [qw(auth server config store db sms jose account text base)],
    guard => [qw(auth server config store text base)],
    ops => [qw(server config store db sms account base)],
);
my %without_httpd = map { $_ => 1 } qw(base text jose account sms db store);
my @wrong;
for my $file (grep { m{^src/(\w+)/} } @c) {
    my ($room) = $file =~ m{^src/(\w+)/};
    my %fine = map { $_ => 1 } $room, @{ $may{$room} // die "a room without a rule: $room" };
    push @wrong, "$file includes $_"
        for grep { !$fine{ (split m{/})[0] } } $text{$file} =~ m{^#include "(\w+/[^"]+)"}mg;
    push @wrong, "$file knows httpd"
        if $without_httpd{$room}
        && $text{$file} =~ /#include <(?:httpd|http_\w+|mod_\w+|ap_\w+)\.h>/;
    push @wrong, "$file holds SQL"
        if $room !~ /^(?:store|db)$/
        && $text{$file} =~ /"(?:SELECT|INSERT|UPDATE|DELETE FROM|CREATE TABLE) /;
    push @wrong, "$file calls apr_dbd"
        if $file !~ m{^src/(?:db/|server/dbd\.c)} && $text{$file} =~ /\bapr_dbd_\w+\(/;
}
is_deeply \@wrong, [], 'every room includes only what its row allows';

# Within a room, files include each other in one direction. A unit is x.c with x.h and x_private.h.
my %includes;
for my $file (grep { m{^src/} } @c) {
    my ($unit, @others) = map { s{(?:_private)?\.[ch]$}{}r } $file =~ s{^src/}{}r,
        $text{$file} =~ m{^#include "(\w+/[^"]+)"}mg;
    $includes{$unit}{$_} = 1 for grep { $_ ne $unit } @others;
}
# Take away the units that include nothing that is left. Circles, and what includes them, remain.
while (my @free = grep { !grep { $includes{$_} } keys %{ $includes{$_} } } keys %includes) {
    delete @includes{@free};
}
is_deeply [sort keys %includes], [], 'no includes form a circle';

# The setters of a section of the directive table are in one file. The comment of the section names
# the file.
my ($table) = $text{'mod_authsms.c'} =~ /^static const command_rec directives\[\] = \{(.*?)^\};/ms;
my ($file, @misplaced) = ('');
for (split /\n/, $table) {
    $file = "src/config/$1" if m{/\* .*: (cmd_\w+\.c) \*/};
    push @misplaced, "$1 is not in '$file'"
        if /\b(as_set_\w+),/ && ($text{$file} // '') !~ /^const char \*$1\(/m;
}
cmp_ok scalar(() = $table =~ /\bas_set_\w+,/g), '>', 30, 'directives have setters';
is_deeply \@misplaced, [], "each is in its section's file";
is_deeply [grep { grep { length > 100 } split /\n/, perl_text($_) } @perl], [],
    'no Perl line is longer than 100 columns';
is_deeply [grep { system("perl -It/lib -c $_ >/dev/null 2>&1") } @perl], [],
    'every Perl file compiles';
done_testing;
