# SPDX-License-Identifier: Apache-2.0
# Each command of the pages for administrators does what the page shows. docs/api.md has its own
# test (api/docs.t); commands that install something are run in a bare system (t/package).
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Authsmsctl;
use Postgres;
use Site;
use Test::More;

plan skip_all => "no $Authsmsctl::program" unless Authsmsctl::available();
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);

sub slurp {
    my ($file) = @_;
    local (@ARGV, $/) = $file;
    my $text = <>;
    utf8::decode($text);
    return $text;
}

# The shell commands of a page's blocks, each with the output that the page shows (undef: none).
sub commands {
    my ($page) = @_;
    my @commands;
    for my $block (slurp($page) =~ /^```(?:sh|console)\n(.*?)^```/msg) {
        $block =~ s/\\\n\s*//g;
        if ($block =~ /^[#\$] /) {
            push @commands, [split /\n/, $_, 2] for $block =~ /^[#\$] (.*?)(?=^[#\$] |\z)/msg;
        }
        else {
            push @commands, map { [$_] } split /\n/, $block;
        }
    }
    return @commands;
}

# Pages that another test runs.
my %own_test = ('README.md' => 't/package/readme.t', 'docs/api.md' => 't/live/api/docs.t');
# Commands that another test runs: the test, and their regexp.
my %elsewhere = (
    't/package/lifecycle.t' =>
        qr/^(?:apt-get|autoreconf|dpkg-buildpackage|a2(?:en|dis)|apache2?ctl)/,
    't/live/demo/welcome.t' => qr{^\./dev demo},
    't/live/demo/ctrl-c.t' => qr{^\./dev demo},
);
my $site = Site->new->start;
my $dir = $site->httpd->dir;
my $pg = Postgres::available() ? Postgres->new : undef;
my $pgsql_params = $pg ? $pg->create_database : '';

# Programs that the commands name.
mkdir "$dir/bin";
symlink Authsmsctl::path(), "$dir/bin/authsmsctl" or die $!;
my $document =
      '{"_id":{"$oid":"5f0000000000000000000001"},"username":"old","smsmobile":"07700900131",'
    . '"countryCode":"+44","verified":true,"password":"$2a$04$'
    . 'abcdefghijklmnopqrstuuN2VnQ1JgW2lJm9xkF2Qw3g1uYlXn3aa"}';
$site->httpd->write('bin/mongoexport', "#!/bin/sh\necho '$document'\n", 0755);
$site->httpd->write('users.htpasswd', "carol:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n");
local $ENV{PATH} = "$dir/bin:$ENV{PATH}";

# Names of the pages, and what they are here.
our %here = (
    '/etc/apache2/apache2.conf' => "$dir/httpd.conf",
    '/etc/apache2/users.htpasswd' => "$dir/users.htpasswd",
    '/var/lib/authsms/users.db' => "$dir/db/users.db",
    'host=/run/postgresql dbname=authsms' => $pgsql_params,
    'dbname=app user=owner' => $pgsql_params,
    'users.bak' => "$dir/users.bak",
);

sub translate {
    my ($command) = @_;
    $command =~ s/\Q$_\E/$here{$_}/g for sort keys %here;
    return $command;
}

my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
my $time = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

# A regexp for the output that a page shows: ids, times and secrets differ in each run, "…" stands
# for anything, columns are separated by a tab.
sub pattern {
    my ($shown) = @_;
    my $pattern = '';
    for my $part (split /($uuid|$time|\x{2026}|\b[A-Za-z0-9]{32}\b| {2,})/, $shown) {
        $pattern .=
              $part =~ /^$uuid$/ ? $uuid
            : $part =~ /^$time$/ ? $time
            : $part eq "\x{2026}" ? '.*'
            : $part =~ /^[A-Za-z0-9]{32}$/ ? '[\w-]{32}'
            : $part =~ /^  / ? '\t'
            : quotemeta $part;
    }
    return qr/\A$pattern\n*\z/;
}

sub check {
    my ($command, $shown) = @_;
    my $translated = translate($command);
    my ($code, $out);
    my @answers =
          ($shown // '') =~ /^New password:/ ? ('staple battery horse') x 2
        : $command =~ / delete / ? 'y'
        : ();
    if (@answers) {
        ($code, $out) = Authsmsctl::run_on_terminal(['sh', '-c', $translated], @answers);
        return pass "$command: no pseudo-terminal here" unless defined $code;
        $out =~ s/\r|\|//g;
        $out =~ s/: $/:/mg;
    }
    else {
        $out = `{ $translated; } 2>&1 </dev/null`;
        $code = $? >> 8;
    }
    is $code, 0, $command or diag $out;
    like $out, pattern($shown), 'prints what the page shows' if defined $shown && length $shown;
    return $out;
}

my $ada = $site->signup(
    username => 'ada', smsmobile => '07700900123',
    password => 'correct horse battery'
);
$site->register({ %$ada, username => 'bob', smsmobile => '07700900124' });
check('authsmsctl --config /etc/apache2/apache2.conf role ada +staff +trainee');

for my $page (qw(docs/authsmsctl.md docs/migrating.md docs/operating.md)) {
    subtest $page => sub {
        for (commands($page)) {
            my ($command, $shown) = @$_;
            next if grep { $command =~ $_ } values %elsewhere;
            next if $command =~ /pgsql/ && !$pg;
            if ($command =~ /--driver pgsql .* schema upgrade$/) {
                check($command =~ s/upgrade$/create/r);
            }
            my $out = check($command, $shown);
            is $site->sql("SELECT count(*) FROM authsms_users WHERE username = 'old'"), 1,
                'the account is imported'
                if $command =~ /^mongoexport/;
            is $site->sql("SELECT count(*) FROM authsms_users WHERE username = 'carol'"), 1,
                'the account is imported'
                if $command =~ /--htpasswd/;
            is $site->sql("SELECT locked FROM authsms_users WHERE username = 'ada'"), 1, 'is locked'
                if $command =~ /lock ada$/;
        }
    };
}
is $site->sql("SELECT count(*) FROM authsms_users WHERE username = 'ada'"), 0, 'ada is deleted';

subtest 'backup' => sub {
    my ($sqlite) = slurp('docs/operating.md') =~ /`(sqlite3 [^`]*)`/ or die;
    check($sqlite);
    is `sqlite3 $dir/users.bak 'SELECT count(*) FROM authsms_users'`,
        $site->sql('SELECT count(*) FROM authsms_users') . "\n", 'SQLite: all accounts';
    return unless $pg;
    my ($create) = slurp('docs/postgresql.md') =~ /`(authsmsctl --driver pgsql [^`]*)`/ or die;
    check($create);
    my ($dump) = map { @$_ } commands('docs/postgresql.md');
    local %here = (%here, ' app >' => " $pg->{name} >$dir/");
    local @ENV{qw(PGHOST PGPORT PGUSER)} = ($pg->{host}, $pg->{port}, 'postgres');
    check($dump);
    my $restored = $pg->{name};
    $pg->create_database;
    is system("psql -X -q -v ON_ERROR_STOP=1 $pg->{name} <$dir/app.sql >/dev/null"), 0,
        'PostgreSQL: the dump is restored';
    check(    "authsmsctl --driver pgsql --params 'host=$pg->{host} port=$pg->{port} user=postgres "
            . "dbname=$pg->{name}' schema show");
};

subtest 'each command of a page has a test' => sub {
    my %run_here = map { $_ => 1 }
        qw(docs/authsmsctl.md docs/migrating.md docs/operating.md docs/postgresql.md);
    for my $page ('README.md', glob 'docs/*.md') {
        next if $own_test{$page} || $run_here{$page};
        is_deeply [
            grep {
                my $command = $_;
                !grep { $command =~ $_ } values %elsewhere, qr{^\./dev check}, qr/^BASE=/
            } map { $_->[0] } commands($page)
            ],
            [], $page;
    }
    ok -e, "$_ exists" for sort values %own_test, keys %elsewhere;
};

$site->stop;
$pg->stop if $pg;
done_testing;
